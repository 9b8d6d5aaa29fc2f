/** Filling the blanks of a message, and numbers as people read them. */

export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Metres without false exactness: 7, 12, 40, 150, 2000. */
export function roundMetres(metres: number): number {
  if (metres < 15) return Math.max(1, Math.round(metres));
  const step = 10 ** Math.floor(Math.log10(metres));
  return Math.round((metres * 10) / step) * (step / 10);
}

/** Degrees to about ten metres, for reading aloud. */
export function degrees(value: number): string {
  return value.toFixed(4);
}
