/** What the map shows, as plain data: the app says what is, the map finds out what changed. */
import type { Bounds } from "../core/bounds";
import type { Emap } from "../core/emap";
import type { ReportState } from "../core/report";

/** One layer of the map under boundaries and pins. */
export interface LayerPicture {
  id: string;
  kind: "raster" | "features";
  /** Address with {z}, {x}, {y}. */
  tiles: string;
  bounds: Bounds | null;
  minZoom: number;
  maxZoom: number;
  /** 0 to 1. */
  opacity: number;
  /** Of features; rasters bring their own. */
  colour: string;
  /** The layers within vector tiles. */
  vectorLayers: readonly string[];
}

/** A base map of an outside host, through our server. */
export interface BaseMapPicture {
  id: string;
  /** Addresses with {z}, {x}, {y}: what lies under everything, and names and lines above our pictures. */
  tiles: { ground: string; labels: string | null };
  tileSize: number;
  bounds: Bounds | null;
  minZoom: number;
  maxZoom: number;
}

/** A name written at a place. */
export interface Label {
  code: string;
  text: string;
  /** 0 for the greatest unit; greater numbers are smaller units in smaller letters. */
  rank: number;
  /** Zooms between which it is written. */
  from: number;
  to: number;
  longitude: number;
  latitude: number;
}

export interface Pin {
  id: string;
  state: ReportState;
  longitude: number;
  latitude: number;
}

/** Colours of the tokens, as the stylesheet has them at present. */
export interface Palette {
  paper: string;
  surface: string;
  ink: string;
  muted: string;
  accent: string;
  states: Record<ReportState, string>;
}

export interface MapPicture {
  /** The e-map below everything, if there is one and it is on. */
  emap: Emap | null;
  /** An outside base map in its place. */
  baseMap: BaseMapPicture | null;
  /** Lowest first. */
  layers: readonly LayerPicture[];
  areas: { shown: boolean; selected: string | null };
  labels: readonly Label[];
  pins: readonly Pin[];
  selectedPin: string | null;
  /** The layer of features that can be chosen one by one. */
  choosable: string | null;
  /** A shape that is looked at more closely. */
  outline: GeoJSON.Geometry | null;
  /** Whether something like a photograph lies under names and outlines: they are then white with a dark halo. */
  overImagery: boolean;
  palette: Palette;
}

/** A place a pointer, a finger or the central cross is on. */
export interface Place {
  longitude: number;
  latitude: number;
}

export interface MapEvents {
  /** A report's pin was chosen. */
  pickReport: (id: string) => void;
  /** A feature of the choosable layer was chosen, by its key. */
  pickFeature: (key: string) => void;
  /** A place without a pin was chosen, with the code of the smallest area there. */
  pickPlace: (place: Place, area: string | null) => void;
  /** The pointer, or by keyboard the central cross, is at a place; `null` when it has left. */
  point: (place: Place | null, by: "pointer" | "keyboard") => void;
  /** The map has come to rest. */
  rest: (camera: Place & { zoom: number }) => void;
  /** Some tiles did not come: of the outside base map, or of something of ours. */
  tilesFailed: (of: "baseMap" | "ours") => void;
}
