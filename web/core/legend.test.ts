import { describe, expect, it } from "vitest";
import type { Legend } from "./layers";
import { entryAt, meaning, reading } from "./legend";

const nothing = { unit: "", min: 0, max: 0, stops: [] };
const land: Legend = {
  ...nothing,
  kind: "classes",
  entries: [
    { value: 3, zh: "水体", en: "Water", colour: "#1E5C97" },
    { value: 1, zh: "林地", en: "", colour: "#1B5E3B" },
  ],
};
const slope: Legend = {
  ...nothing,
  kind: "intervals",
  unit: "°",
  entries: [
    { value: 0, zh: "平地", en: "Flat", colour: "#ffffff" },
    { value: 2, zh: "", en: "", colour: "#eeeeee" },
    { value: 25.5, zh: "陡坡", en: "Steep", colour: "#333333" },
  ],
};

describe("a legend of classes", () => {
  it("names the class of a code", () => {
    expect(reading(land, 3, "zh")).toBe("水体");
    expect(reading(land, 3, "en")).toBe("Water");
    expect(reading(land, 1, "en")).toBe("林地");
  });

  it("shows a code without a class as it is", () => {
    expect(entryAt(land, 2)).toBeNull();
    expect(reading(land, 2, "en")).toBe("2");
  });
});

describe("a legend of intervals", () => {
  it("is open at both ends", () => {
    expect([-4, 0, 1.9, 2, 25.4, 25.5, 90].map((value) => entryAt(slope, value)?.value)).toEqual([
      0, 0, 0, 2, 2, 25.5, 25.5,
    ]);
  });

  it("says the numbers, and the name where there is one", () => {
    expect(slope.entries.map((entry) => meaning(slope, entry, "en"))).toEqual([
      "Flat < 2 °",
      "2–25.50 °",
      "Steep ≥ 25.50 °",
    ]);
    expect(reading(slope, 1.5, "zh")).toBe("1.500 ° · 平地");
    expect(reading(slope, 3, "zh")).toBe("3.000 °");
  });
});
