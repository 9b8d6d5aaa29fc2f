import { expect, test } from "vitest";
import { isWorthKeeping, parseDraft } from "./draft";

const now = 1_800_000_000_000;
const stored = (fields: object, savedAt = now): string => JSON.stringify({ id: "x", savedAt, fields });

test("what was written comes back, and only fields we know", () => {
  const draft = parseDraft(stored({ service: "road", phone: "138", evil: "1", lon: 3 }), now);
  expect(draft?.fields).toEqual({ service: "road" });
});

test("an old, damaged or foreign text is no draft", () => {
  const week = 7 * 24 * 3600 * 1000;
  for (const text of [null, "", "{", "null", "[]", '{"id":1}', stored({ service: "road" }, now - week - 1)])
    expect(parseDraft(text, now), String(text)).toBeNull();
});

test("an empty form is not worth keeping", () => {
  expect(isWorthKeeping({ service: "", description: " ", lon: "108" })).toBe(false);
  expect(isWorthKeeping({ description: "塌方" })).toBe(true);
});
