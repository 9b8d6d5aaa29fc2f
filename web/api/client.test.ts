import { describe, expect, it, vi } from "vitest";
import { translator } from "../core/translate";
import { Api, statisticsCsv } from "./client";
import { Problem, problemWords } from "./problem";

const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });

const problem = (code: string, status: number, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify({ type: `/problems/${code}`, title: "T", detail: "D", status, code }), {
    status,
    headers: { "Content-Type": "application/problem+json", ...headers },
  });

function apiThatHears(...answers: (Response | Error)[]) {
  const asked: { path: string; init: RequestInit }[] = [];
  const signInAgain = vi.fn(() => Promise.resolve(true));
  const api = new Api({
    language: () => "en",
    signInAgain,
    fetch: (path, init) => {
      asked.push({ path: String(path), init: init ?? {} });
      const answer = answers.shift() ?? new Error("one call too many");
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  });
  return { api, asked, signInAgain };
}

const caught = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no problem",
    (error: unknown) => error,
  );

describe("a session that ends in mid-work", () => {
  it("asks to sign in and repeats the very same call", async () => {
    const { api, asked, signInAgain } = apiThatHears(
      problem("session-expired", 401),
      new Response(null, { status: 204 }),
    );
    await api.changeState("id-1", "refused", "重复");
    expect(signInAgain).toHaveBeenCalledOnce();
    expect(asked).toHaveLength(2);
    expect(asked[1]).toEqual(asked[0]);
    expect(asked[1]?.init.body).toBe('{"to_state":"refused","note":"重复"}');
  });

  it("repeats once only", async () => {
    const { api, asked } = apiThatHears(problem("session-expired", 401), problem("not-signed-in", 401));
    expect(await caught(api.areas())).toMatchObject({ code: "not-signed-in" });
    expect(asked).toHaveLength(2);
  });

  it("says so when the person would not", async () => {
    const { api, asked, signInAgain } = apiThatHears(problem("session-expired", 401));
    signInAgain.mockResolvedValue(false);
    expect(await caught(api.areas())).toMatchObject({ code: "session-expired" });
    expect(asked).toHaveLength(1);
  });

  it("is not suspected behind a wrong password", async () => {
    const { api, signInAgain } = apiThatHears(problem("sign-in-refused", 401));
    expect(await caught(api.signIn("a", "b"))).toMatchObject({ code: "sign-in-refused" });
    expect(signInAgain).not.toHaveBeenCalled();
  });

  it("nobody signed in at the start is no error", async () => {
    const { api, signInAgain } = apiThatHears(problem("not-signed-in", 401));
    expect(await api.session()).toBeNull();
    expect(signInAgain).not.toHaveBeenCalled();
  });
});

describe("answers", () => {
  it("a page of a captive portal is no answer, whatever its status", async () => {
    const portal = (status: number): Response =>
      new Response("<html>", { status, headers: { "Content-Type": "text/html" } });
    expect(await caught(apiThatHears(portal(200)).api.areas())).toMatchObject({ code: "unreadable" });
    expect(await caught(apiThatHears(portal(502)).api.areas())).toMatchObject({
      code: "unreadable",
      status: 502,
    });
  });

  it("no network is a problem of its own", async () => {
    expect(await caught(apiThatHears(new TypeError("Failed to fetch")).api.layers())).toMatchObject({
      code: "offline",
    });
  });

  it("a cancelled call stays a cancelled call", async () => {
    const controller = new AbortController();
    controller.abort();
    const { api } = apiThatHears(new DOMException("aborted", "AbortError"));
    expect(await caught(api.report("x", controller.signal))).toMatchObject({ name: "AbortError" });
  });

  it("a filter becomes a query, without what is not chosen", async () => {
    const { api, asked } = apiThatHears(json({ reports: [], next: null }));
    await api.reports({ state: "new", service: null, area: "50 0", before: null });
    expect(asked[0]?.path).toBe("/api/v1/reports?state=new&area=50+0");
    expect(statisticsCsv("ndvi", "2018-10-23")).toBe("/api/v1/layers/ndvi/statistics.csv?date=2018-10-23");
  });

  it("the server hears which language is wanted", async () => {
    const { api, asked } = apiThatHears(json({ areas: [] }));
    await api.areas();
    expect(asked[0]?.init.headers).toMatchObject({ "Accept-Language": "en" });
  });
});

describe("the words for a problem", () => {
  const translate = translator("en");

  it("are the app's where it knows the code, else the server's", async () => {
    const { api } = apiThatHears(problem("sign-in-needs-tls", 403), problem("disk-on-fire", 500));
    expect(problemWords(await caught(api.signIn("a", "b")), translate).title).toBe(
      "Signing in needs an encrypted connection",
    );
    expect(problemWords(await caught(api.areas()), translate)).toEqual({ title: "T", detail: "D" });
  });

  it("name the time to wait", async () => {
    const { api } = apiThatHears(problem("too-many-attempts", 429, { "Retry-After": "900" }));
    expect(problemWords(await caught(api.signIn("a", "b")), translate).detail).toContain("15 minutes");
  });

  it("are not left empty by something unforeseen", () => {
    expect(problemWords(new Error("?"), translate).title).not.toBe("");
    expect(problemWords(new Problem("offline", 0, "", ""), translate).title).toBe("No connection");
  });
});

describe("jobs", () => {
  it("reads a log to its end, page after page, and only what is new the next time", async () => {
    const line = (id: number) => ({ id, at: "2026-11-26T11:00:00Z", level: "info", message: String(id) });
    const { api, asked } = apiThatHears(
      json({ lines: [line(1), line(2)] }),
      json({ lines: [line(3)] }),
      json({ lines: [] }),
      json({ lines: [] }),
    );
    const lines = await api.jobLog("id-1", null);
    expect(lines.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(await api.jobLog("id-1", 3)).toEqual([]);
    expect(asked.map(({ path }) => path)).toEqual(
      ["", "?after=2", "?after=3", "?after=3"].map((query) => `/api/v1/jobs/id-1/log${query}`),
    );
  });

  it("tells where a recipe is wrong", async () => {
    const { api } = apiThatHears(
      new Response(
        JSON.stringify({
          code: "recipe-wrong",
          title: "T",
          detail: "D",
          errors: [{ field: "area", code: "not-your-area", line: 4, message: "no area" }],
        }),
        { status: 422, headers: { "Content-Type": "application/problem+json" } },
      ),
    );
    expect(await caught(api.estimate("recipe: x"))).toMatchObject({
      mistakes: [{ field: "area", code: "not-your-area", line: 4, column: null, message: "no area" }],
    });
  });
});
