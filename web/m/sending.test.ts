import { expect, test } from "vitest";
import { patience, understand } from "./sending";

const id = "0192d1c0-7b1a-7c3e-8a55-1f2e3d4c5b6a";
const receipt = (photos: string[]): string =>
  JSON.stringify({ receipt: { id, reference: "482-913-0574", state: "new", photos } });
const json = "application/json";

test("a receipt for our report with all its photos is success", () => {
  for (const status of [200, 201])
    expect(understand(status, json, receipt(["a", "b"]), id, 2)).toEqual({
      kind: "received",
      receipt: { id, reference: "482-913-0574", photos: ["a", "b"] },
    });
});

test("nothing else is", () => {
  const strange: [number, string, string][] = [
    [200, "text/html", "<html>Please sign in to the Wi-Fi</html>"],
    [200, "text/html", receipt([])],
    [200, json, "{}"],
    [200, json, receipt([]).slice(0, -3)],
    [200, json, receipt([]).replace("0192", "9999")],
    [200, json, receipt(["a"])],
    [204, "", ""],
    [302, "text/html", ""],
    [404, "text/html", "<h1>Not Found</h1>"],
  ];
  for (const [status, type, body] of strange)
    expect(understand(status, type, body, id, 0), `${status} ${type} ${body}`).toEqual({ kind: "strange" });
});

test("a server in trouble is tried again", () => {
  for (const status of [0, 408, 429, 500, 502, 503, 504])
    expect(understand(status, "application/problem+json", '{"code":"busy"}', id, 0)).toEqual({
      kind: "unreached",
    });
});

test("a refusal in the server's own words is not tried again", () => {
  const errors = [{ field: "place", code: "outside-served-areas" }];
  const body = JSON.stringify({ code: "outside-served-areas", detail: "不在范围内", status: 422, errors });
  expect(understand(422, "application/problem+json; charset=utf-8", body, id, 0)).toEqual({
    kind: "refused",
    status: 422,
    code: "outside-served-areas",
    detail: "不在范围内",
    errors,
  });
});

test("waits grow to a minute", () => {
  expect([1, 2, 3, 4, 5, 6, 7, 12].map(patience)).toEqual([2, 4, 8, 16, 32, 60, 60, 60]);
});
