import { describe, expect, it } from "vitest";
import { type Feed, type Queued, countOf, moved, visible, withPage } from "./feed";

const item = (id: string, state: Queued["state"], minute: number): Queued => ({
  id,
  state,
  created_at: `2026-07-04T12:${String(minute).padStart(2, "0")}:00Z`,
});

const feed: Feed<Queued> = {
  new: { reports: [item("a", "new", 50), item("b", "new", 10)], next: "older" },
  accepted: { reports: [item("c", "accepted", 30)], next: null },
  done: { reports: [item("d", "done", 40)], next: null },
  refused: { reports: [], next: null },
};

const ids = (items: Queued[]): string => items.map(({ id }) => id).join("");

describe("the queue", () => {
  it("is one list of the states chosen, newest first", () => {
    expect(ids(visible(feed, ["new", "accepted"], null))).toBe("acb");
    expect(ids(visible(feed, ["refused"], null))).toBe("");
  });

  it("keeps what is being worked on in its place", () => {
    expect(ids(visible(feed, ["new"], "d"))).toBe("adb");
  });

  it("adds a page without showing anything twice", () => {
    const more = withPage(feed, "new", { reports: [item("b", "new", 10), item("e", "new", 5)], next: null });
    expect(ids(visible(more, ["new"], null))).toBe("abe");
    expect(countOf(more, ["new"])).toEqual({ count: 3, complete: true });
  });

  it("counts honestly: what is loaded is not all there is", () => {
    expect(countOf(feed, ["new"])).toEqual({ count: 2, complete: false });
    expect(countOf(feed, ["accepted", "done"])).toEqual({ count: 2, complete: true });
  });

  it("moves a report whose state has changed, once", () => {
    const after = moved(feed, "a", "accepted");
    expect(ids([...after.new.reports])).toBe("b");
    expect(ids([...after.accepted.reports])).toBe("ac");
    expect(after.accepted.reports[0]?.state).toBe("accepted");
    expect(moved(after, "a", "accepted")).toBe(after);
    expect(moved(feed, "unknown", "done")).toBe(feed);
  });
});
