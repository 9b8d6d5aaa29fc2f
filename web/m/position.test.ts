import { expect, test } from "vitest";
import { type Fix, isBetter, metresBetween, trust } from "./position";

const held: Fix = { lon: 108.42, lat: 31.18, accuracy: 30 };

test("the more exact fix is kept", () => {
  expect(isBetter({ ...held, accuracy: 12 }, held)).toBe(true);
  expect(isBetter({ ...held, accuracy: 80 }, held)).toBe(false);
  expect(isBetter({ ...held, accuracy: 900 }, null)).toBe(true);
});

test("somebody who has walked away takes the position along", () => {
  const away = { lon: 108.43, lat: 31.18, accuracy: 60 };
  expect(metresBetween(away, held)).toBeGreaterThan(900);
  expect(isBetter(away, held)).toBe(true);
});

test("doubt is told, not refused", () => {
  expect(trust(12)).toBe("good");
  expect(trust(400)).toBe("rough");
});
