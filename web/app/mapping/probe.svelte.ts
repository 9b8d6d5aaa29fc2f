/** The numbers under the pointer: asked a moment after it rests, given up when it moves on. */
import type { Api } from "../../api/client";
import type { Moment } from "../../core/history";
import type { ShownLayer } from "../../core/layers";
import type { Place } from "../../map/picture";

export type Reading =
  | { state: "reading" }
  | { state: "known"; value: number | null; history: readonly Moment[] }
  | { state: "failed" };

const restsAfter = 120;

export class Probe {
  place = $state.raw<Place | null>(null);
  by = $state.raw<"pointer" | "keyboard">("pointer");
  /** By layer. */
  readings = $state.raw<Readonly<Record<string, Reading>>>({});
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  at(place: Place | null, by: "pointer" | "keyboard"): void {
    this.place = place;
    this.by = by;
  }

  /** Reads every one of these layers at the present place. Returns what gives it up. */
  read(layers: readonly ShownLayer[]): () => void {
    const { place } = this;
    this.readings = {};
    if (!place || layers.length === 0) return () => undefined;
    const running = new AbortController();
    const timer = setTimeout(() => {
      for (const shown of layers) void this.#readOne(shown, place, running.signal);
    }, restsAfter);
    return () => {
      clearTimeout(timer);
      running.abort();
    };
  }

  async #readOne({ layer, date }: ShownLayer, place: Place, signal: AbortSignal): Promise<void> {
    const put = (reading: Reading): void => {
      if (!signal.aborted) this.readings = { ...this.readings, [layer.id]: reading };
    };
    put({ state: "reading" });
    try {
      const history = await this.#api.history(layer.id, place.longitude, place.latitude, signal);
      const shown = history.find((moment) => moment.date === date?.date) ?? history.at(-1);
      put({ state: "known", value: shown?.value ?? null, history });
    } catch {
      put({ state: "failed" });
    }
  }
}
