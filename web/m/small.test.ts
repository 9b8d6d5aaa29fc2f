import { expect, test } from "vitest";
import { anchorOf, wordsFor } from "./form";
import { shrunkSize } from "./photos";
import { parseSent, withSent } from "./sent";
import { degrees, fill, roundMetres } from "./text";
import { isUuid, uuidv7 } from "./uuid";

test("an id is a UUID of version 7 in the order of time", () => {
  const early = uuidv7(1_700_000_000_000);
  expect(early).toMatch(/^018bcfe5-6800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(early < uuidv7(1_700_000_000_001)).toBe(true);
  expect(isUuid(early)).toBe(true);
  expect(isUuid(`${early}0`)).toBe(false);
});

test("blanks are filled and unknown ones left to be seen", () => {
  expect(fill("误差约 {metres} 米 {x}", { metres: 12 })).toBe("误差约 12 米 {x}");
});

test("metres and degrees are said without false exactness", () => {
  expect([0.2, 7.4, 12.3, 38, 154, 2345].map(roundMetres)).toEqual([1, 7, 12, 38, 150, 2300]);
  expect(degrees(108.42137)).toBe("108.4214");
});

test("photos shrink by their long edge and never grow", () => {
  expect(shrunkSize({ width: 4000, height: 3000 }, 1280)).toEqual({ width: 1280, height: 960 });
  expect(shrunkSize({ width: 3000, height: 9000 }, 1280)).toEqual({ width: 427, height: 1280 });
  expect(shrunkSize({ width: 640, height: 480 }, 1280)).toEqual({ width: 640, height: 480 });
});

test("sent numbers are listed once, newest first, and nothing else gets in", () => {
  const entry = (reference: string): { reference: string; service: string; at: string } => ({
    reference,
    service: "路",
    at: "2026-03-01 08:00",
  });
  const list = withSent(withSent([], entry("111-111-1111")), entry("222-222-2222"));
  expect(withSent(list, entry("111-111-1111")).map(({ reference }) => reference)).toEqual([
    "111-111-1111",
    "222-222-2222",
  ]);
  expect(parseSent(JSON.stringify([entry("javascript:alert(1)"), entry("111-111-1111"), null]))).toHaveLength(
    1,
  );
  expect(parseSent("{")).toEqual([]);
});

test("a problem leads to its field", () => {
  expect(
    [
      "photo-heic",
      "outside-served-areas",
      "place-missing",
      "unknown-service",
      "phone-not-valid",
      "nothing-said",
      "busy",
    ].map(anchorOf),
  ).toEqual(["photo", "place", "place", "service", "phone", "description", "form"]);
});

test("a problem is said in the page's own words, else in the server's", () => {
  const problems = { phone_not_valid: "电话号码不对", photo_heic: "第 {n} 张是 HEIC" };
  expect(wordsFor("phone-not-valid", problems, "x")).toBe("电话号码不对");
  expect(wordsFor("photo-heic", problems, "照片是 HEIC")).toBe("照片是 HEIC");
  expect(wordsFor("newer-code", problems, "")).toBe("newer-code");
});
