/** What the server tells the script, in a JSON element of the page. */
import { fill } from "./text";

/** Degrees: west, south, east, north. */
export type Edges = [number, number, number, number];

export interface BaseMap {
  /** Address with `{z}`, `{x}` and `{y}`. */
  tiles: string;
  min_zoom: number;
  max_zoom: number;
  bounds: Edges;
  attribution: string;
}

export interface Settings {
  language: "zh" | "en";
  words: Record<string, string>;
  /** What can be wrong, by code with `_` for `-`. */
  problems: Record<string, string>;
  map: BaseMap | null;
  edges: Edges | null;
  areas: Record<string, Edges>;
  photo_limit: number;
  kept: boolean;
}

export type Say = (key: string, values?: Record<string, string | number>) => string;

export function readSettings(): Settings | null {
  const element = document.getElementById("settings");
  if (!element?.textContent) return null;
  return JSON.parse(element.textContent) as Settings;
}

/** The server hands over every string; one that is missing shows its name and is seen at once. */
export function sayer(settings: Settings): Say {
  return (key, values = {}) => fill(settings.words[key] ?? key, values);
}
