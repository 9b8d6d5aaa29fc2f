import { describe, expect, it } from "vitest";
import { fieldsOf, lineRange, withArea, withDate } from "./recipe";

const recipe = `recipe: farmland-change
title: { zh: 耕地变化, en: Farmland change }
area: "500234101201"   # the village
inputs:
  before:
    scenes: { from: 2023-05-01, to: 2023-09-30, sensors: [sentinel-2] }
  after:
    scenes:
      # from: 1999-01-01 is no date of this recipe
      from: "2024-05-01"
      to: 2024-09-30
steps:
  - name: note
    text: "from: 2000-01-01"
`;

describe("the fields of a recipe", () => {
  it("are found where they stand", () => {
    const { area, dates } = fieldsOf(recipe);
    expect(area).toBe("500234101201");
    expect(dates.map(({ input, end, value }) => `${input} ${end} ${value}`)).toEqual([
      "before from 2023-05-01",
      "before to 2023-09-30",
      "after from 2024-05-01",
      "after to 2024-09-30",
    ]);
    for (const { at, value } of dates) expect(recipe.slice(at, at + value.length)).toBe(value);
  });

  it("are changed and nothing else is", () => {
    const [, , from] = fieldsOf(recipe).dates;
    if (!from) throw new Error("no third date");
    const changed = withArea(withDate(recipe, from, "2025-05-01"), "500234101202");
    expect(changed.split("\n")[2]).toBe('area: "500234101202" # the village');
    expect(changed).toContain('from: "2025-05-01"');
    const differing = changed.split("\n").filter((line, at) => line !== recipe.split("\n")[at]);
    expect(differing).toHaveLength(2);
  });

  it("an area is put in where there is none", () => {
    expect(withArea("recipe: a\ninputs:\n  x: {}\n", "1")).toBe('recipe: a\narea: "1"\ninputs:\n  x: {}\n');
    expect(withArea("recipe: a", "1")).toBe('recipe: a\narea: "1"\n');
    expect(withArea("", "1")).toBe('area: "1"\n');
  });

  it("an empty area is none", () => {
    expect(fieldsOf("area:\ninputs: {}").area).toBeNull();
    expect(fieldsOf("area: 500234 # a code without quotes").area).toBe("500234");
    expect(fieldsOf("").dates).toEqual([]);
  });
});

describe("a line of a text", () => {
  it("has a beginning and an end", () => {
    expect(lineRange("ab\ncd\n", 2)).toEqual([3, 5]);
    expect(lineRange("ab\ncd", 9)).toEqual([3, 5]);
    expect(lineRange("", 0)).toEqual([0, 0]);
  });
});
