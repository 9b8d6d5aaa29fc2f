/** West, south, east, north in degrees. */
export type Bounds = readonly [west: number, south: number, east: number, north: number];

/** The bounds around all of them; nothing around nothing. */
export function around(all: readonly Bounds[]): Bounds | null {
  const [first, ...rest] = all;
  if (!first) return null;
  return rest.reduce<Bounds>(
    ([west, south, east, north], [w, s, e, n]) => [
      Math.min(west, w),
      Math.min(south, s),
      Math.max(east, e),
      Math.max(north, n),
    ],
    first,
  );
}

export function centre([west, south, east, north]: Bounds): [longitude: number, latitude: number] {
  return [(west + east) / 2, (south + north) / 2];
}
