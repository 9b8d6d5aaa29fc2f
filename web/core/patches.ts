/** Patches of changed land: what the field check found, and how the ledger is arranged. */
import type { Bounds } from "./bounds";
import type { Named } from "./language";

export const patchStates = ["unchecked", "confirmed", "not_confirmed", "restored"] as const;
export type PatchState = (typeof patchStates)[number];

/** What somebody who was there can say. */
export const findings = ["confirmed", "not_confirmed", "restored"] as const satisfies readonly PatchState[];
export type Finding = (typeof findings)[number];

export const patchSortings = ["area", "strength", "village", "checked"] as const;
export type PatchSorting = (typeof patchSortings)[number];

export function isPatchState(text: string): text is PatchState {
  return (patchStates as readonly string[]).includes(text);
}

export function isPatchSorting(text: string): text is PatchSorting {
  return (patchSortings as readonly string[]).includes(text);
}

export interface Patch {
  key: string;
  village: Named & { code: string };
  area_m2: number;
  ha: number;
  mu: number;
  /** How strong the change is, in the unit of the layer's measure. */
  strength: number | null;
  before: number | null;
  after: number | null;
  /** The parcel it lies on most. */
  parcel: string | null;
  /** What the land was registered as. */
  land_class: string | null;
  bounds: Bounds;
  state: PatchState;
  note: string;
  checked_by: string | null;
  checked_at: string | null;
}

export type Tally = Readonly<Record<PatchState, { count: number; mu: number }>>;

/** How many there are in each state, and how much land. */
export function tally(patches: readonly Patch[]): Tally {
  const sums = { unchecked: zero(), confirmed: zero(), not_confirmed: zero(), restored: zero() };
  for (const { state, mu } of patches) {
    sums[state].count += 1;
    sums[state].mu += mu;
  }
  return sums;
}

const zero = (): { count: number; mu: number } => ({ count: 0, mu: 0 });

/**
 * The patches of a state (`null`: all) in order: the greatest or strongest first, villages by name, or
 * what was checked last. `keep` stays though its state has just changed: it is being worked on.
 */
export function arrange(
  patches: readonly Patch[],
  state: PatchState | null,
  sorting: PatchSorting,
  keep: string | null,
): Patch[] {
  const chosen = patches.filter((patch) => state === null || patch.state === state || patch.key === keep);
  const collator = new Intl.Collator("zh-CN", { numeric: true });
  const byArea = (a: Patch, b: Patch): number => b.area_m2 - a.area_m2 || collator.compare(a.key, b.key);
  const orders: Record<PatchSorting, (a: Patch, b: Patch) => number> = {
    area: byArea,
    strength: (a, b) => Math.abs(b.strength ?? 0) - Math.abs(a.strength ?? 0) || byArea(a, b),
    village: (a, b) => collator.compare(a.village.name_zh, b.village.name_zh) || byArea(a, b),
    checked: (a, b) => (b.checked_at ?? "").localeCompare(a.checked_at ?? "") || byArea(a, b),
  };
  return chosen.toSorted(orders[sorting]);
}

/** The patches after one of them has been checked. */
export function withPatch(patches: readonly Patch[], changed: Patch): Patch[] {
  return patches.map((patch) => (patch.key === changed.key ? changed : patch));
}
