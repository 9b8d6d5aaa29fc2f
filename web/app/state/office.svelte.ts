/** What every part of the app shares: who is signed in, the language, the view, and what has been fetched. */
import { createContext } from "svelte";
import { Api } from "../../api/client";
import type { Area, BaseMap, Layer, Patch, Report, Service, Session } from "../../api/types";
import { chosenBaseMap } from "../../core/base_maps";
import type { Bounds } from "../../core/bounds";
import { type Language, chooseLanguage, htmlLanguage, languageCookie } from "../../core/language";
import { type Emap, isEmapLayer } from "../../core/emap";
import { usualLayers } from "../../core/layers";
import { translator } from "../../core/translate";
import type { LayerChoice, View } from "../../core/view";
import { Address } from "./address.svelte";
import { Queue } from "./queue.svelte";
import { Resource } from "./resource.svelte";

export interface MapControls {
  fit: (bounds: Bounds) => void;
  reveal: (longitude: number, latitude: number) => void;
}

export class Office {
  language = $state<Language>(chooseLanguage(document.cookie, navigator.languages));
  readonly t = $derived(translator(this.language));
  readonly address = new Address();

  /** `undefined` until the server has said. */
  session = $state.raw<Session | null | undefined>(undefined);
  sessionProblem = $state.raw<unknown>(null);
  /** Somebody's call waits for a new sign-in. */
  signInWanted = $state.raw<((signedIn: boolean) => void) | null>(null);
  #signInPromise: Promise<boolean> | null = null;

  readonly api = new Api({
    fetch: (input, init) => fetch(input, init),
    language: () => this.language,
    signInAgain: () => this.#askToSignIn(),
  });

  readonly areas = new Resource<Area[]>(() => this.api.areas());
  readonly layers = new Resource<Layer[]>(() => this.api.layers());
  readonly baseMaps = new Resource<BaseMap[]>(() => this.api.baseMaps());
  /** Both looks of the e-map; asked for where there is one. */
  readonly emap = new Resource<Emap>(async (signal) => {
    const styles = [this.api.style("emap", signal), this.api.style("emap-over-imagery", signal)] as const;
    const [ground, overlay] = await Promise.all(styles);
    return { ground, overlay };
  });
  readonly services = new Resource<Service[]>(() => this.api.services());
  readonly queue = new Queue(this.api, () => this.address.view);

  /** The present moment, for "three minutes ago". */
  now = $state(Date.now());
  /** What a screen reader should hear next. */
  announcement = $state("");

  /** The report whose panel is open, once it has come: the map shows it even where the filter hides it. */
  opened = $state.raw<Report | null>(null);
  /** The outline of the patch whose panel is open, once it has come. */
  outline = $state.raw<GeoJSON.Geometry | null>(null);
  shortcutsShown = $state(false);
  /** What can be asked of the map; nothing until it has opened. */
  #map: MapControls | null = null;
  #mapWish: ((map: MapControls) => void) | null = null;

  get view(): View {
    return this.address.view;
  }

  readonly hasEmap: boolean = $derived.by(() => (this.layers.value ?? []).some(isEmapLayer));

  readonly #base = $derived.by(() => this.view.base);
  /** The outside base map that is chosen, once the list has come. */
  readonly baseMap: BaseMap | null = $derived.by(() =>
    chosenBaseMap(this.baseMaps.value ?? [], { base: this.#base }),
  );

  /** The raster and vector layers that are on: chosen, or the usual ones. */
  readonly choices: readonly LayerChoice[] = $derived(
    this.view.layers ?? usualLayers(this.layers.value ?? []),
  );

  readonly #table = $derived.by(() => this.view.table);
  readonly #isTable = $derived.by(() => this.view.screen === "table");

  /** The layers whose numbers are counted; the shade of the e-map is none. */
  readonly indices: readonly Layer[] = $derived.by(() =>
    (this.layers.value ?? []).filter((layer) => layer.kind === "index" && !isEmapLayer(layer)),
  );

  /** The index the table is about: the one in the address, or the first there is. */
  readonly tabled: Layer | null = $derived.by(
    () => this.indices.find(({ id }) => id === this.#table.layer) ?? this.indices[0] ?? null,
  );

  readonly #patches = $derived.by(() => this.view.patches);
  readonly #isLedger = $derived.by(() => this.view.screen === "patches");

  /** The layers whose features are patches that are checked in the field. */
  readonly ledgers: readonly Layer[] = $derived.by(() =>
    (this.layers.value ?? []).filter(({ ledger }) => ledger),
  );

  /** The ledger the list is about: the one in the address, or the first there is. */
  readonly ledger: Layer | null = $derived.by(
    () => this.ledgers.find(({ id }) => id === this.#patches.layer) ?? this.ledgers[0] ?? null,
  );

  /** Its patches; the list shows them, and the panel of one changes what was found there. */
  readonly patches = new Resource<Patch[]>((signal) =>
    this.ledger ? this.api.patches(this.ledger.id, signal) : Promise.resolve([]),
  );

  /** What lies on the map: beside the table, always the very index and date the table is about; beside the ledger, its patches. */
  readonly onMap: readonly LayerChoice[] = $derived.by(() => {
    if (this.#isLedger && this.ledger) {
      const { id } = this.ledger;
      return [...this.choices.filter((choice) => choice.id !== id), { id, date: null, opacity: 100 }];
    }
    if (!this.#isTable || !this.tabled) return this.choices;
    const { id } = this.tabled;
    const opacity = this.choices.find((choice) => choice.id === id)?.opacity ?? 100;
    return [...this.choices.filter((choice) => choice.id !== id), { id, date: this.#table.date, opacity }];
  });

  go(change: Partial<View>): void {
    this.address.go(change);
  }

  speak(language: Language): void {
    this.language = language;
    document.cookie = `${languageCookie}=${language}; Path=/; Max-Age=31536000; SameSite=Lax`;
    document.documentElement.lang = htmlLanguage(language);
  }

  /** Moves the map to these bounds, now or when it has opened. */
  fit(bounds: Bounds): void {
    this.#ask((map) => {
      map.fit(bounds);
    });
  }

  /** Moves the map only if this place is out of sight. */
  reveal(longitude: number, latitude: number): void {
    this.#ask((map) => {
      map.reveal(longitude, latitude);
    });
  }

  /** The map has opened, or has gone. */
  connectMap(map: MapControls | null): void {
    this.#map = map;
    if (!map) return;
    this.#mapWish?.(map);
    this.#mapWish = null;
  }

  #ask(wish: (map: MapControls) => void): void {
    if (this.#map) wish(this.#map);
    else this.#mapWish = wish;
  }

  /** Asks the server who is signed in. */
  async open(): Promise<void> {
    this.sessionProblem = null;
    try {
      this.session = await this.api.session();
    } catch (problem) {
      this.sessionProblem = problem;
    }
  }

  async signIn(login: string, password: string): Promise<void> {
    const before = this.session;
    const session = await this.api.signIn(login, password);
    // Somebody else on this device must not see the first one's reports.
    if (before && before.account.login !== session.account.login) location.reload();
    this.session = session;
    this.#answerSignIn(true);
  }

  cancelSignIn(): void {
    this.#answerSignIn(false);
  }

  async signOut(): Promise<void> {
    await this.api.signOut().catch(() => undefined);
    location.assign(location.pathname);
  }

  /** What the first screen needs; the map asks for nothing more. */
  async load(): Promise<void> {
    const { services, queue, areas, layers, baseMaps } = this;
    await Promise.all([services, queue, areas, layers, baseMaps].map((part) => part.load()));
  }

  #askToSignIn(): Promise<boolean> {
    this.#signInPromise ??= new Promise((resolve) => {
      this.signInWanted = resolve;
    });
    return this.#signInPromise;
  }

  #answerSignIn(signedIn: boolean): void {
    this.signInWanted?.(signedIn);
    this.signInWanted = null;
    this.#signInPromise = null;
  }
}

/** Handed down from `App`; every part below takes it from here. */
export const [getOffice, setOffice] = createContext<Office>();
