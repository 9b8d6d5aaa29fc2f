/** The e-map: the base map the server makes of imported data, in its two looks. */

/** One layer of a style; what it holds beyond this is the map library's business. */
export interface EmapStyleLayer {
  readonly id: string;
  readonly type: string;
  readonly source?: string;
  readonly layout?: Readonly<Record<string, unknown>>;
}

/** A style document of the server, as far as it is looked into. */
export interface EmapStyle {
  readonly sources: Readonly<Record<string, { readonly type: string; readonly attribution?: string }>>;
  readonly layers: readonly EmapStyleLayer[];
  readonly sprite: string;
}

/** Both looks: on paper, and over a photograph. */
export interface Emap {
  readonly ground: EmapStyle;
  readonly overlay: EmapStyle;
}

/** Whether a layer is a part of the e-map, which is switched as a whole. */
export function isEmapLayer({ id }: { id: string }): boolean {
  return id.startsWith("emap-");
}

/** What lies on the paper: everything, or under a photograph what no name is written on. */
export function groundLayers({ ground }: Emap, overImagery: boolean): EmapStyleLayer[] {
  return ground.layers.filter(({ type }) => !overImagery || type !== "symbol");
}

/** What lies on a photograph: lines and names, without the style's own picture and paper. */
export function overlayLayers({ overlay }: Emap, overImagery: boolean): EmapStyleLayer[] {
  return overImagery ? overlay.layers.filter(({ type }) => type !== "raster" && type !== "background") : [];
}

/** The sources of the e-map itself: the pictures under it are layers of their own here. */
export function emapSources({ ground }: Emap): [string, EmapStyle["sources"][string]][] {
  return Object.entries(ground.sources).filter(([id]) => isEmapLayer({ id }));
}

/** Whom to thank for it, each once. */
export function emapAttribution(emap: Emap): string[] {
  const all = emapSources(emap).map(([, { attribution }]) => attribution ?? "");
  return [...new Set(all)].filter((text) => text !== "");
}
