import { describe, expect, it } from "vitest";
import { type AreaLevel, chosenLevel, contents, levelsIn, levelsOf, nameZooms, smallest } from "./areas";

const area = (code: string, level: AreaLevel, parent: string | null) => ({ code, level, parent });

const areas = [
  area("50", "county", null),
  area("501", "township", "50"),
  area("502", "township", "50"),
  area("5011", "village", "501"),
  area("5021", "village", "502"),
  area("5012", "village", "501"),
];

describe("the contents", () => {
  it("put every area under its parent, keeping the order of brothers", () => {
    expect(contents(areas).map(({ area: { code }, depth }) => `${" ".repeat(depth)}${code}`)).toEqual([
      "50",
      " 501",
      "  5011",
      "  5012",
      " 502",
      "  5021",
    ]);
  });

  it("begin where somebody's scope begins", () => {
    expect(contents(areas.slice(3)).map(({ area: { code }, depth }) => `${String(depth)}${code}`)).toEqual([
      "05011",
      "05021",
      "05012",
    ]);
    expect(contents([])).toEqual([]);
  });
});

describe("where the map looks first", () => {
  it("is where the smallest areas are", () => {
    expect(smallest(areas).map(({ code }) => code)).toEqual(["5011", "5021", "5012"]);
    expect(smallest(areas.slice(0, 1)).map(({ code }) => code)).toEqual(["50"]);
  });
});

describe("the names on the map", () => {
  it("of a township give way to those of its villages", () => {
    // 0.36 degrees are a thousandth of the world: 512 pixels at zoom 0, so 512 × 2^z / 1000.
    const bounds = [108, 31, 108.36, 31.2] as const;
    expect(nameZooms(bounds, true).from).toBeCloseTo(Math.log2(24_000 / 512), 6);
    expect(nameZooms(bounds, true).to).toBeCloseTo(Math.log2(320_000 / 512), 6);
    expect(nameZooms(bounds, false).to).toBe(24);
    expect(nameZooms([-180, -85, 180, 85], true)).toEqual({ from: 0, to: 0 });
  });
});

describe("the levels of a table", () => {
  it("are those of its rows, the greatest first", () => {
    expect(levelsIn([{ code: "5011" }, { code: "501" }], levelsOf(areas))).toEqual(["township", "village"]);
    expect(levelsOf(areas)("unknown")).toBe("village");
  });

  it("show villages first, so that nothing is counted twice", () => {
    expect(chosenLevel(["township", "village", "group"], null)).toBe("village");
    expect(chosenLevel(["township", "village"], "township")).toBe("township");
    expect(chosenLevel(["township", "village"], "county")).toBe("village");
    expect(chosenLevel(["county", "township"], null)).toBe("township");
    expect(chosenLevel([], "village")).toBeNull();
  });
});
