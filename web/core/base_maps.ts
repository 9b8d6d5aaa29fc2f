/** Base maps of outside hosts, which an administrator has configured: they come through our server. */
import type { Bounds } from "./bounds";
import type { Titled } from "./language";
import type { Hideable, View } from "./view";

export interface BaseMap extends Titled {
  id: string;
  look: "map" | "imagery";
  /** Whom to thank: shown wherever the base map is. */
  attribution: string;
  /** Path of its tiles, with {z}, {x}, {y}. */
  tiles: string;
  /** The same of the names and lines that lie above it. */
  labels: string | null;
  tile_size: number;
  min_zoom: number;
  max_zoom: number;
  bounds: Bounds | null;
}

/** What lies under everything: our own e-map, nothing, or an outside base map by its id. */
export type GroundChoice = { kind: "emap" } | { kind: "none" } | { kind: "outside"; id: string };

/** The base map of a view, if there is one for this person: an old link may name one that is gone. */
export function chosenBaseMap(baseMaps: readonly BaseMap[], { base }: Pick<View, "base">): BaseMap | null {
  return baseMaps.find(({ id }) => id === base) ?? null;
}

/** What is chosen at present. */
export function groundChoice(
  baseMaps: readonly BaseMap[],
  hasEmap: boolean,
  view: Pick<View, "base" | "hidden">,
): GroundChoice {
  const chosen = chosenBaseMap(baseMaps, view);
  if (chosen) return { kind: "outside", id: chosen.id };
  return { kind: hasEmap && !view.hidden.includes("emap") ? "emap" : "none" };
}

/** The change of a view that chooses another ground. */
export function chooseGround(
  choice: GroundChoice,
  hidden: readonly Hideable[],
): Pick<View, "base" | "hidden"> {
  const others = hidden.filter((name) => name !== "emap");
  return {
    base: choice.kind === "outside" ? choice.id : null,
    hidden: choice.kind === "none" ? [...others, "emap"] : others,
  };
}
