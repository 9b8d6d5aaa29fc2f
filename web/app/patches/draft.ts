/** What somebody has begun to write about a patch, kept for this tab until it is recorded. */

const name = (layer: string, key: string): string => `draft:patch:${layer}:${key}`;

/** `null` when nothing was begun. */
export function keptNote(layer: string, key: string): string | null {
  return sessionStorage.getItem(name(layer, key));
}

export function keepNote(layer: string, key: string, note: string | null): void {
  if (note === null) sessionStorage.removeItem(name(layer, key));
  else sessionStorage.setItem(name(layer, key), note);
}
