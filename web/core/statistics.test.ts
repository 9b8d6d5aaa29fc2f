import { describe, expect, it } from "vitest";
import { type StatisticRow, bar, position, sortRows, sortingAfter, totals } from "./statistics";

const row = (code: string, name_zh: string, mean: number | null, ha: number): StatisticRow => ({
  code,
  name_zh,
  name_en: "",
  count: 10,
  valid_share: mean === null ? 0 : 1,
  mean,
  std: mean === null ? null : 0.1,
  min: mean,
  max: mean,
  ha,
  mu: ha * 15,
});

const rows = [
  row("1", "大坪村", 0.4, 2),
  row("2", "安子村", null, 1),
  row("3", "白果村", 0.7, 4),
  row("4", "丰乐村", 0.4, 3),
];
const codes = (sorted: StatisticRow[]): string[] => sorted.map(({ code }) => code);

describe("the order of rows", () => {
  it("sorts Chinese names by sound", () => {
    expect(codes(sortRows(rows, { column: "name", descending: false }, "zh"))).toEqual(["2", "3", "1", "4"]);
  });

  it("keeps rows without a value last, whichever way", () => {
    expect(codes(sortRows(rows, { column: "mean", descending: true }, "zh"))).toEqual(["3", "1", "4", "2"]);
    expect(codes(sortRows(rows, { column: "mean", descending: false }, "zh"))).toEqual(["1", "4", "3", "2"]);
  });

  it("does not touch the rows given", () => {
    sortRows(rows, { column: "ha", descending: true }, "zh");
    expect(codes([...rows])).toEqual(["1", "2", "3", "4"]);
  });

  it("turns round at the second press, and starts numbers with the greatest", () => {
    const first = sortingAfter({ column: "name", descending: false }, "mean");
    expect(first).toEqual({ column: "mean", descending: true });
    expect(sortingAfter(first, "mean")).toEqual({ column: "mean", descending: false });
    expect(sortingAfter(first, "name")).toEqual({ column: "name", descending: false });
  });
});

describe("bars", () => {
  it("start at zero, to the left for what is below it", () => {
    const means = [{ mean: -0.25 }, { mean: 0.75 }, { mean: null }];
    expect(bar(0.75, means)).toEqual({ start: 0.25, length: 0.75 });
    expect(bar(-0.25, means)).toEqual({ start: 0, length: 0.25 });
    expect(bar(0, [{ mean: 0 }])).toEqual({ start: 0, length: 0 });
  });

  it("stay within their ends", () => {
    expect(position(2, 0, 1)).toBe(1);
    expect(position(-2, 0, 1)).toBe(0);
    expect(position(0.5, 1, 1)).toBe(0);
  });
});

describe("sums", () => {
  it("add hectares and mu", () => {
    expect(totals(rows)).toEqual({ ha: 10, mu: 150 });
    expect(totals([])).toEqual({ ha: 0, mu: 0 });
  });
});
