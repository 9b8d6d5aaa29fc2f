/** The view and the browser's address, kept equal. The only place that touches `history`. */
import { type View, decodeView, encodePath, encodeView, isAnotherPlace } from "../../core/view";

/** Dragging a slider changes the view often; browsers allow some two hundred writes in half a minute. */
const writeAfter = 250;

const base = import.meta.env.BASE_URL;
const read = (): View => decodeView(location.search, location.pathname.slice(base.length));

export class Address {
  view = $state.raw<View>(read());
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    addEventListener("popstate", () => {
      clearTimeout(this.#timer);
      this.view = read();
    });
  }

  /** Changes the view. Another screen, report or filter becomes a step the back button knows. */
  go(change: Partial<View>): void {
    const before = this.view;
    const after = { ...before, ...change };
    this.view = after;
    clearTimeout(this.#timer);
    if (isAnotherPlace(before, after)) {
      // What was pending belongs to the step before this one.
      history.replaceState(null, "", this.of(before));
      history.pushState(null, "", this.of(after));
    } else {
      this.#timer = setTimeout(() => {
        history.replaceState(null, "", this.of(this.view));
      }, writeAfter);
    }
  }

  /** The address of a view, for links that can be opened in another tab. */
  of(view: View): string {
    const query = encodeView(view);
    return `${base}${encodePath(view)}${query === "" ? "" : `?${query}`}`;
  }

  to(change: Partial<View>): string {
    return this.of({ ...this.view, ...change });
  }
}
