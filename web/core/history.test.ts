import { describe, expect, it } from "vitest";
import { spark } from "./history";

const at = (date: string, value: number | null) => ({ date, value });

describe("spark", () => {
  it("places dates by their distance and values by their height", () => {
    const drawn = spark([at("2026-01-01", 0.2), at("2026-01-11", 0.8), at("2026-01-31", 0.5)], 60, 10);
    expect(drawn?.dots.map(({ x, y }) => [x, y].map(Math.round))).toEqual([
      [0, 10],
      [20, 0],
      [60, 5],
    ]);
    expect(drawn?.lines).toEqual(["M0.0 10.0L20.0 0.0L60.0 5.0"]);
    expect([drawn?.lowest, drawn?.highest]).toEqual([0.2, 0.8]);
  });

  it("breaks where nothing was seen", () => {
    const seen = [at("2026-01-01", 1), at("2026-01-02", 2), at("2026-01-03", null), at("2026-01-04", 1)];
    const drawn = spark(seen, 30, 10);
    expect(drawn?.lines).toHaveLength(1);
    expect(drawn?.dots).toHaveLength(3);
  });

  it("draws nothing of one date", () => {
    expect(spark([at("2026-01-01", 1), at("2026-01-02", null)], 30, 10)).toBeNull();
    expect(spark([], 30, 10)).toBeNull();
  });

  it("lies flat where nothing changes", () => {
    const drawn = spark([at("2026-01-01", 1), at("2026-01-02", 1)], 30, 10);
    expect(drawn?.dots.map(({ y }) => y)).toEqual([10, 10]);
  });
});
