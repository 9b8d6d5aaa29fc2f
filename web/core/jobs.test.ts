import { describe, expect, it } from "vitest";
import {
  type ChunkState,
  actionsOf,
  bytes,
  duration,
  pixels,
  share,
  shownJobState,
  squares,
  withJob,
} from "./jobs";
import { translator } from "./translate";

const progress = {
  chunks: 8,
  done: 3,
  running: 1,
  failed: 0,
  bytes_read: 0,
  bytes_written: 0,
  per_minute: 2,
  remaining_s: 150,
};

describe("a job", () => {
  it("is asked to stop before it has stopped", () => {
    expect(shownJobState({ state: "running", cancel_requested: true })).toBe("cancelling");
    expect(shownJobState({ state: "cancelled", cancel_requested: true })).toBe("cancelled");
    expect(shownJobState({ state: "queued", cancel_requested: false })).toBe("queued");
  });

  it("offers what makes sense", () => {
    expect(actionsOf({ state: "running", cancel_requested: false })).toEqual({
      cancel: true,
      retry: false,
      remove: false,
    });
    expect(actionsOf({ state: "running", cancel_requested: true }).cancel).toBe(false);
    expect(actionsOf({ state: "failed", cancel_requested: false })).toEqual({
      cancel: false,
      retry: true,
      remove: true,
    });
    expect(actionsOf({ state: "done", cancel_requested: false }).retry).toBe(false);
  });

  it("is whole only when it is done", () => {
    expect(share({ state: "running", progress })).toBe(0.375);
    expect(share({ state: "running", progress: { ...progress, done: 8 } })).toBe(0.99);
    expect(share({ state: "done", progress })).toBe(1);
    expect(share({ state: "queued", progress: { ...progress, chunks: 0, done: 0 } })).toBe(0);
  });

  it("keeps its place in the list when it changes", () => {
    const list = [
      { id: "b", n: 1 },
      { id: "a", n: 1 },
    ];
    expect(withJob(list, { id: "a", n: 2 })).toEqual([
      { id: "b", n: 1 },
      { id: "a", n: 2 },
    ]);
    expect(withJob(list, { id: "c", n: 1 }).map(({ id }) => id)).toEqual(["c", "b", "a"]);
  });
});

describe("numbers of a job", () => {
  const [zh, en] = [translator("zh"), translator("en")];

  it("tells spans in words", () => {
    expect(duration(0.4, zh)).toBe("0 秒");
    expect(duration(89, zh)).toBe("89 秒");
    expect(duration(90, en)).toBe("2 min");
    expect(duration(3600, zh)).toBe("60 分钟");
    expect(duration(2 * 3600 + 300, en)).toBe("2 h 5 min");
  });

  it("tells bytes with the unit that fits", () => {
    expect(bytes(999, "en")).toBe("999 B");
    expect(bytes(1500, "en")).toBe("1.5 KB");
    expect(bytes(999_600, "en")).toBe("1.0 MB");
    expect(bytes(25_300_000_000, "zh")).toBe("25.3 GB");
    expect(bytes(123_456_789, "zh")).toBe("123 MB");
  });

  it("tells pixels as people count", () => {
    expect(pixels(900_000_000, "zh")).toBe("9亿");
    expect(pixels(900_000_000, "en")).toBe("900 million");
  });
});

describe("the chunks as squares", () => {
  it("shows each while they fit", () => {
    const states: ChunkState[] = ["done", "running", "waiting"];
    expect(squares(states, 10)).toEqual([
      { state: "done", first: 0, last: 0 },
      { state: "running", first: 1, last: 1 },
      { state: "waiting", first: 2, last: 2 },
    ]);
  });

  it("lets no failure disappear among many", () => {
    const states: ChunkState[] = Array.from({ length: 1000 }, (_, at) => (at === 517 ? "failed" : "done"));
    const made = squares(states, 100);
    expect(made).toHaveLength(100);
    expect(made.filter(({ state }) => state === "failed")).toEqual([
      { state: "failed", first: 510, last: 519 },
    ]);
    expect(made.at(-1)?.last).toBe(999);
  });

  it("is empty where nothing is", () => {
    expect(squares([], 10)).toEqual([]);
  });
});
