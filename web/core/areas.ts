/** Administrative areas: their levels, and which lies under which. */

import type { Bounds } from "./bounds";

/** From the greatest to the smallest. */
export const areaLevels = ["province", "city", "county", "township", "village", "group"] as const;
export type AreaLevel = (typeof areaLevels)[number];

interface Placed {
  code: string;
  level: AreaLevel;
  /** Code of the area above, if there is one. */
  parent: string | null;
}

/** Areas in the order of a table of contents: every one under its parent, with how deep it lies. */
export function contents<Item extends Placed>(areas: readonly Item[]): { area: Item; depth: number }[] {
  const codes = new Set(areas.map(({ code }) => code));
  const children = new Map<string | null, Item[]>();
  for (const area of areas) {
    const parent = area.parent !== null && codes.has(area.parent) ? area.parent : null;
    children.set(parent, [...(children.get(parent) ?? []), area]);
  }
  const under = (parent: string | null, depth: number): { area: Item; depth: number }[] =>
    (children.get(parent) ?? []).flatMap((area) => [{ area, depth }, ...under(area.code, depth + 1)]);
  return under(null, 0);
}

/** Areas that have none of the others in them: where the work is, though a county may be drawn around it. */
export function smallest<Item extends Placed>(areas: readonly Item[]): Item[] {
  const parents = new Set(areas.map(({ parent }) => parent));
  return areas.filter(({ code }) => !parents.has(code));
}

/**
 * Between which zooms an area's name is written: not before the area is as wide as a short name, and,
 * where the areas in it have names of their own, not after it has become wider than a small window.
 */
export function nameZooms([west, , east]: Bounds, hasParts: boolean): { from: number; to: number } {
  const zoomOfWidth = (pixels: number): number =>
    Math.log2((pixels * 360) / (512 * Math.max(east - west, 1e-9)));
  return { from: Math.max(0, zoomOfWidth(24)), to: hasParts ? Math.max(0, zoomOfWidth(320)) : 24 };
}

/** Tells the level of an area by its code; a village where the area is not known. */
export function levelsOf(areas: readonly Placed[]): (code: string) => AreaLevel {
  const levels = new Map(areas.map(({ code, level }) => [code, level]));
  return (code) => levels.get(code) ?? "village";
}

/** The levels these rows speak of, the greatest first. Rows of different levels overlap and must not be added up. */
export function levelsIn(
  rows: readonly { code: string }[],
  levelOf: (code: string) => AreaLevel,
): AreaLevel[] {
  const present = new Set(rows.map(({ code }) => levelOf(code)));
  return areaLevels.filter((level) => present.has(level));
}

/** The level to show: the one wished for if there are such rows, else villages, else the smallest there is. */
export function chosenLevel(levels: readonly AreaLevel[], wished: AreaLevel | null): AreaLevel | null {
  if (wished !== null && levels.includes(wished)) return wished;
  return levels.includes("village") ? "village" : (levels.at(-1) ?? null);
}

export function isAreaLevel(text: string): text is AreaLevel {
  return (areaLevels as readonly string[]).includes(text);
}
