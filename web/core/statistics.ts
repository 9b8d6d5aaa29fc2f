/** The index by village: rows, their order, and the sums under them. */
import { type Language, htmlLanguage, nameOf } from "./language";

export interface StatisticRow {
  code: string;
  name_zh: string;
  name_en: string;
  count: number;
  /** 0 to 1. */
  valid_share: number;
  mean: number | null;
  std: number | null;
  min: number | null;
  max: number | null;
  ha: number;
  mu: number;
}

export const statisticColumns = ["name", "mean", "min", "max", "valid_share", "ha", "mu"] as const;
export type StatisticColumn = (typeof statisticColumns)[number];

export interface Sorting {
  column: StatisticColumn;
  descending: boolean;
}

export const usualSorting: Sorting = { column: "name", descending: false };

export function isStatisticColumn(text: string): text is StatisticColumn {
  return (statisticColumns as readonly string[]).includes(text);
}

/** The order after a press on a column's head: numbers start with the greatest, names with the first. */
export function sortingAfter(sorting: Sorting, column: StatisticColumn): Sorting {
  if (sorting.column === column) return { column, descending: !sorting.descending };
  return { column, descending: column !== "name" };
}

/** A sorted copy. Rows without the number are last either way; equals stand in the order of their names. */
export function sortRows(
  rows: readonly StatisticRow[],
  sorting: Sorting,
  language: Language,
): StatisticRow[] {
  const collator = new Intl.Collator(htmlLanguage(language), { numeric: true });
  const byName = (a: StatisticRow, b: StatisticRow): number =>
    collator.compare(nameOf(a, language), nameOf(b, language));
  const sign = sorting.descending ? -1 : 1;
  const { column } = sorting;
  if (column === "name") return rows.toSorted((a, b) => sign * byName(a, b));
  return rows.toSorted((a, b) => {
    const [left, right] = [a[column], b[column]];
    if (left === null || right === null) {
      return left === right ? byName(a, b) : left === null ? 1 : -1;
    }
    return sign * (left - right) || byName(a, b);
  });
}

/** Where a value lies between two ends, 0 to 1; for bars and marks on a ramp. */
export function position(value: number, minimum: number, maximum: number): number {
  if (!(maximum > minimum)) return 0;
  return Math.min(1, Math.max(0, (value - minimum) / (maximum - minimum)));
}

/** A bar from zero to the value on an axis that always shows zero, as shares of its width. */
export function bar(
  value: number,
  rows: readonly { mean: number | null }[],
): { start: number; length: number } {
  const means = rows.flatMap(({ mean }) => (mean === null ? [] : [mean]));
  const [minimum, maximum] = [Math.min(0, ...means), Math.max(0, ...means)];
  const [zero, end] = [position(0, minimum, maximum), position(value, minimum, maximum)];
  return { start: Math.min(zero, end), length: Math.abs(end - zero) };
}

export function totals(rows: readonly StatisticRow[]): { ha: number; mu: number } {
  return rows.reduce((sum, row) => ({ ha: sum.ha + row.ha, mu: sum.mu + row.mu }), { ha: 0, mu: 0 });
}
