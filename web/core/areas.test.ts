import { describe, expect, it } from "vitest";
import { type AreaLevel, chosenLevel, contents, levelsIn, levelsOf } from "./areas";

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
