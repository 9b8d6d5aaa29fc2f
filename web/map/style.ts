/** The unchanging layers of the map and the paint that follows from a picture. No glyph server: letters are drawn locally. */
import type {
  BackgroundLayerSpecification,
  CircleLayerSpecification,
  FillLayerSpecification,
  LineLayerSpecification,
  StyleSpecification,
  SymbolLayerSpecification,
} from "maplibre-gl";
import { reportStates } from "../core/report";
import type { MapPicture, Palette } from "./picture";

/** CSS families: without a `glyphs` address the browser's own letters are used, Chinese included. */
export const families = [
  "system-ui",
  "PingFang SC",
  "HarmonyOS Sans SC",
  "Noto Sans CJK SC",
  "Microsoft YaHei",
  "sans-serif",
];

/** The lowest of the fixed layers: layers of a picture are put right under it. */
export const lowestFixed = "areas-veil";

/** Invisible layers that part what lies below them from what lies above: the library puts layers before others. */
export const endOfGround = "end-of-ground";
export const endOfRasters = "end-of-rasters";
export const endOfOverlay = "end-of-overlay";

export const pinLayers = ["pins", "pin-selected"];
export const clusterLayer = "clusters";
export const areaLayer = "areas-fill";

const noFeatures: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

const mark = (id: string): BackgroundLayerSpecification => ({
  id,
  type: "background",
  layout: { visibility: "none" },
});

const veil: FillLayerSpecification = {
  id: lowestFixed,
  type: "fill",
  source: "areas",
  "source-layer": "areas",
  paint: { "fill-color": "#000", "fill-opacity": 0 },
};

/** Invisible, but there to be asked which area a place is in. */
const fill: FillLayerSpecification = {
  id: areaLayer,
  type: "fill",
  source: "areas",
  "source-layer": "areas",
  paint: { "fill-color": "#000", "fill-opacity": 0 },
};

const outline = (id: string): LineLayerSpecification => ({
  id,
  type: "line",
  source: "areas",
  "source-layer": "areas",
  layout: { "line-join": "round", "line-cap": "round" },
  paint: {},
});

const names: SymbolLayerSpecification = {
  id: "names",
  type: "symbol",
  source: "labels",
  filter: ["all", [">=", ["zoom"], ["get", "from"]], ["<=", ["zoom"], ["get", "to"]]],
  layout: {
    "text-field": ["get", "text"],
    "text-font": families,
    "text-size": ["match", ["get", "rank"], 0, 20, 1, 18, 2, 16, 3, 14, 4, 13, 12],
    "text-max-width": 8,
    "text-padding": 4,
    // A name steps aside for a pin rather than going away.
    "text-variable-anchor": ["center", "top", "bottom", "left", "right"],
    "text-radial-offset": 1.2,
    "text-justify": "auto",
    "symbol-sort-key": ["get", "rank"],
  },
  paint: { "text-halo-width": 1.6 },
};

const clusters: CircleLayerSpecification = {
  id: clusterLayer,
  type: "circle",
  source: "pins",
  filter: ["has", "point_count"],
  paint: {
    "circle-radius": ["interpolate", ["linear"], ["get", "point_count"], 2, 15, 50, 26],
    "circle-stroke-width": 2,
  },
};

const clusterCounts: SymbolLayerSpecification = {
  id: "cluster-counts",
  type: "symbol",
  source: "pins",
  filter: ["has", "point_count"],
  layout: {
    "text-field": ["get", "point_count_abbreviated"],
    "text-font": families,
    "text-size": 14,
    "text-allow-overlap": true,
  },
};

const pins: SymbolLayerSpecification = {
  id: "pins",
  type: "symbol",
  source: "pins",
  filter: ["!", ["has", "point_count"]],
  layout: {
    "icon-image": ["concat", "pin-", ["get", "state"]],
    "icon-allow-overlap": true,
    "icon-anchor": "bottom",
  },
};

const selectedPin: SymbolLayerSpecification = {
  ...pins,
  id: "pin-selected",
  source: "pin-selected",
  filter: true,
  layout: { ...pins.layout, "icon-size": 1.45 },
};

/** A shape that is looked at more closely: white with a dark edge, so that it is seen on any ground. */
const closer: LineLayerSpecification[] = [
  ["outline-casing", "#000000", 5.5],
  ["outline-line", "#ffffff", 2.5],
].map(([id, colour, width]) => ({
  id: String(id),
  type: "line",
  source: "outline",
  layout: { "line-join": "round" },
  paint: { "line-color": String(colour), "line-width": Number(width) },
}));

/** The style the map starts with: paper, and everything else still empty. */
export function startingStyle(origin: string, palette: Palette): StyleSpecification {
  return {
    version: 8,
    sources: {
      areas: { type: "vector", tiles: [`${origin}/tiles/areas/{z}/{x}/{y}.mvt`], minzoom: 0, maxzoom: 14 },
      labels: { type: "geojson", data: noFeatures },
      pins: { type: "geojson", data: noFeatures, cluster: true, clusterRadius: 34, clusterMaxZoom: 14 },
      "pin-selected": { type: "geojson", data: noFeatures },
      outline: { type: "geojson", data: noFeatures },
    },
    layers: [
      { id: "paper", type: "background", paint: { "background-color": palette.paper } },
      mark(endOfGround),
      mark(endOfRasters),
      mark(endOfOverlay),
      veil,
      fill,
      outline("areas-casing"),
      outline("areas-line"),
      outline("areas-selected"),
      ...closer,
      names,
      clusters,
      clusterCounts,
      pins,
      selectedPin,
    ],
  };
}

/** How a layer of features is drawn, whatever its geometry: areas filled and outlined, lines, dots. */
export function featureParts(
  id: string,
  colour: string,
  vectorLayers: readonly string[] = [id],
): (FillLayerSpecification | LineLayerSpecification | CircleLayerSpecification)[] {
  return vectorLayers.flatMap((name) => partsOf(`layer:${id}`, name, colour));
}

function partsOf(
  source: string,
  name: string,
  colour: string,
): (FillLayerSpecification | LineLayerSpecification | CircleLayerSpecification)[] {
  const of = { source, "source-layer": name };
  const known = `${source}:${name}`;
  return [
    {
      id: `${known}:fill`,
      type: "fill",
      ...of,
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": colour },
    },
    { id: `${known}:line`, type: "line", ...of, paint: { "line-color": colour, "line-width": 1.3 } },
    {
      id: `${known}:circle`,
      type: "circle",
      ...of,
      filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-color": colour, "circle-radius": 4 },
    },
  ];
}

type Paint = readonly [layer: string, property: string, value: unknown];

/** Every paint that depends on the picture. Setting one that has not changed costs nothing. */
export function paintOf({ overImagery, palette, areas }: MapPicture): Paint[] {
  const selected = areas.selected ?? "";
  const line = overImagery ? "#ffffff" : palette.muted;
  // Villages get the full width; larger units stand back, so that lines that coincide stay calm.
  const width = ["match", ["get", "level"], "village", 1.6, "group", 0.8, 1.2];
  return [
    ["paper", "background-color", palette.paper],
    [lowestFixed, "fill-color", overImagery ? "#000000" : palette.paper],
    [lowestFixed, "fill-opacity", selected === "" ? 0 : ["case", ["==", ["get", "code"], selected], 0, 0.25]],
    ["areas-casing", "line-color", overImagery ? "#000000" : palette.paper],
    ["areas-casing", "line-opacity", 0.35],
    ["areas-casing", "line-width", ["+", 2, width]],
    ["areas-line", "line-color", line],
    ["areas-line", "line-opacity", 0.9],
    ["areas-line", "line-width", width],
    ["areas-selected", "line-color", overImagery ? "#ffffff" : palette.accent],
    ["areas-selected", "line-width", ["case", ["==", ["get", "code"], selected], 3, 0]],
    ["names", "text-color", overImagery ? "#ffffff" : palette.ink],
    ["names", "text-halo-color", overImagery ? "rgba(0, 0, 0, 0.7)" : palette.paper],
    [clusterLayer, "circle-color", palette.surface],
    [clusterLayer, "circle-stroke-color", palette.accent],
    ["cluster-counts", "text-color", palette.ink],
  ];
}

/** Names of the pictures that `pins.ts` draws, one a state. */
export const pinImages = reportStates.map((state) => ({ state, name: `pin-${state}` }));
