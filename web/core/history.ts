/** What a layer said of one place over time, as a line to draw. */

export interface Moment {
  date: string;
  value: number | null;
}

export interface Spark {
  /** SVG paths, one for each run of dates without a gap. */
  lines: readonly string[];
  /** Where each date with a value stands. */
  dots: readonly { date: string; x: number; y: number }[];
  lowest: number;
  highest: number;
}

const day = 86_400_000;

/** Fits the dates into a width and the values into a height, the largest on top. Null with fewer than two values. */
export function spark(moments: readonly Moment[], width: number, height: number): Spark | null {
  const known = moments.filter((moment): moment is Moment & { value: number } => moment.value !== null);
  const [first, last] = [known.at(0), known.at(-1)];
  if (!first || !last || known.length < 2) return null;
  const values = known.map(({ value }) => value);
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const begin = Date.parse(first.date);
  const span = Math.max(Date.parse(last.date) - begin, day);
  const rise = highest - lowest || 1;
  const x = (date: string): number => ((Date.parse(date) - begin) / span) * width;
  const y = (value: number): number => height - ((value - lowest) / rise) * height;
  const dots = known.map(({ date, value }) => ({ date, x: x(date), y: y(value) }));
  return { lines: lines(moments, dots), dots, lowest, highest };
}

/** A date without a value breaks the line: nobody knows what was between. */
function lines(moments: readonly Moment[], dots: Spark["dots"]): string[] {
  const runs: string[][] = [[]];
  for (const { date } of moments) {
    const dot = dots.find((known) => known.date === date);
    if (dot) runs.at(-1)?.push(`${dot.x.toFixed(1)} ${dot.y.toFixed(1)}`);
    else runs.push([]);
  }
  return runs.filter((run) => run.length > 1).map((run) => `M${run.join("L")}`);
}
