/** Layers as the app arranges them: which are on, with which date, in which order, at which address. */
import type { Bounds } from "./bounds";
import { isEmapLayer } from "./emap";
import type { LayerChoice } from "./view";

export type LayerKind = "visual" | "index" | "features";

export interface LayerDate {
  date: string;
  version: string;
  /** 0 to 1, unknown for some products. */
  cloud_share: number | null;
}

export interface LegendStop {
  value: number;
  colour: string;
}

/** A class by its code, or an interval by where it begins. */
export interface LegendEntry {
  value: number;
  zh: string;
  en: string;
  colour: string;
}

export interface Legend {
  kind: "ramp" | "classes" | "intervals" | "none";
  unit: string;
  min: number;
  max: number;
  stops: readonly LegendStop[];
  entries: readonly LegendEntry[];
}

export interface Layer {
  id: string;
  kind: LayerKind;
  title_zh: string;
  title_en: string;
  audience: "public" | "village" | "officials";
  attribution: string;
  legend: Legend;
  dates: readonly LayerDate[];
  bounds: Bounds | null;
  min_zoom: number;
  max_zoom: number;
  /** The layers within its vector tiles. */
  vector_layers: readonly string[];
  /** Whether its features are patches that are checked in the field. */
  ledger: boolean;
}

/** Dates with the newest first. */
export function newestFirst(layer: Layer): LayerDate[] {
  return layer.dates.toSorted((a, b) => b.date.localeCompare(a.date));
}

/** The date of a choice, or the layer's newest one when it names none or one the layer has not. */
export function chosenDate(layer: Layer, date: string | null): LayerDate | null {
  return layer.dates.find((known) => known.date === date) ?? newestFirst(layer)[0] ?? null;
}

/** The date `step` places later (+1) or earlier (−1), if there is one. */
export function neighbouringDate(layer: Layer, date: string | null, step: 1 | -1): string | null {
  const ordered = newestFirst(layer);
  const at = ordered.findIndex((known) => known.date === chosenDate(layer, date)?.date);
  return at === -1 ? null : (ordered[at - step]?.date ?? null);
}

/** What is on before anybody has chosen: the newest imagery. */
export function usualLayers(layers: readonly Layer[]): LayerChoice[] {
  const imagery = layers.find((layer) => layer.kind === "visual" && layer.dates.length > 0);
  return imagery ? [{ id: imagery.id, date: null, opacity: 100 }] : [];
}

export function switchLayer(choices: readonly LayerChoice[], layer: Layer, on: boolean): LayerChoice[] {
  const others = choices.filter(({ id }) => id !== layer.id);
  return on ? [...others, { id: layer.id, date: null, opacity: 100 }] : others;
}

const floors: Record<LayerKind, number> = { visual: 0, index: 1, features: 2 };

export interface ShownLayer {
  layer: Layer;
  /** Imagery and indices always have one; features may have none. */
  date: LayerDate | null;
  opacity: number;
}

/** The layers that are on and have something to show, the lowest first: imagery under indices under features. */
export function shownLayers(layers: readonly Layer[], choices: readonly LayerChoice[]): ShownLayer[] {
  return choices
    .flatMap(({ id, date, opacity }) => {
      const layer = layers.find((known) => known.id === id);
      if (!layer) return [];
      const chosen = chosenDate(layer, date);
      return chosen || layer.kind === "features" ? [{ layer, date: chosen, opacity }] : [];
    })
    .toSorted((a, b) => floors[a.layer.kind] - floors[b.layer.kind]);
}

/** Quiet colours that can be told apart on paper and on imagery, and by the colour-blind. */
const featureColours = ["#C2571A", "#1B7837", "#7B3294", "#1E5C97", "#8C6A3F", "#B3261E"] as const;

/** The colour a layer of features is drawn in, and marked with in the list: by its place among them. */
export function featureColour(layers: readonly Layer[], id: string): string {
  const drawn = layers.filter((layer) => layer.kind === "features" && !isEmapLayer(layer));
  const place = drawn.findIndex((layer) => layer.id === id);
  return featureColours[Math.max(0, place) % featureColours.length] ?? featureColours[0];
}

/** The address of a layer's tiles for one date; with the version in it, so that it may be kept for ever. */
export function tileAddress(origin: string, { layer, date }: Pick<ShownLayer, "layer" | "date">): string {
  const kind = layer.kind === "features" ? "mvt" : "webp";
  const address = `${origin}/tiles/${encodeURIComponent(layer.id)}/{z}/{x}/{y}.${kind}`;
  if (!date) return address;
  return `${address}?${new URLSearchParams({ date: date.date, v: date.version }).toString()}`;
}
