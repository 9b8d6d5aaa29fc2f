/** The view and the browser's address, kept equal. The only place that touches `history`. */
import { type View, decodeView, encodeView, isAnotherPlace } from "../../core/view";

/** Dragging a slider changes the view often; browsers allow some two hundred writes in half a minute. */
const writeAfter = 250;

export class Address {
  view = $state.raw<View>(decodeView(location.search));
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    addEventListener("popstate", () => {
      clearTimeout(this.#timer);
      this.view = decodeView(location.search);
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
    return query === "" ? location.pathname : `?${query}`;
  }

  to(change: Partial<View>): string {
    return this.of({ ...this.view, ...change });
  }
}
