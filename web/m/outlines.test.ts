import { expect, test } from "vitest";
import { toPoint } from "./mercator";
import { overlap, pathOf, widthOf } from "./outlines";

test("a ring becomes a closed path in pixels about a metre wide", () => {
  const path = pathOf([108.4, 31.1, 108.5, 31.1, 108.5, 31.2, 108.4, 31.1]);
  expect(path).toMatch(/^M\d+ \d+L\d+ \d+L\d+ \d+L\d+ \d+Z$/);
  const [x, y] = path.slice(1).split("L")[0]?.split(" ").map(Number) ?? [];
  const back = toPoint({ x: x ?? 0, y: y ?? 0 }, 17);
  expect(back.lon).toBeCloseTo(108.4, 4);
  expect(back.lat).toBeCloseTo(31.1, 4);
});

test("what is no ring draws nothing", () => {
  expect(pathOf([])).toBe("");
  expect(pathOf([108.4, 31.1, 108.5])).toBe("");
});

test("names that would run into each other are told apart from those that do not", () => {
  const box = (x: number, y: number): { x: number; y: number; width: number } => ({ x, y, width: widthOf("大坪村") });
  expect(widthOf("大坪村")).toBe(48);
  expect(overlap(box(100, 100), box(140, 110))).toBe(true);
  expect(overlap(box(100, 100), box(149, 100))).toBe(false);
  expect(overlap(box(100, 100), box(100, 121))).toBe(false);
});
