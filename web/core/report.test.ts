import { describe, expect, it } from "vitest";
import {
  type Change,
  type ChangeEvent,
  actionsFor,
  changeAfter,
  neighbour,
  noteFor,
  reportStates,
  shownState,
  stateAfter,
} from "./report";

const run = (...events: ChangeEvent[]): Change => events.reduce<Change>(changeAfter, { step: "idle" });

describe("states", () => {
  it("closed ones offer nothing, open ones never their own state", () => {
    expect(actionsFor("done")).toEqual([]);
    expect(actionsFor("refused")).toEqual([]);
    for (const state of reportStates) {
      for (const action of actionsFor(state)) expect(stateAfter[action]).not.toBe(state);
    }
  });

  it("follow the rule of the office: accepted before done", () => {
    expect(actionsFor("new").map((action) => stateAfter[action])).toEqual(["accepted", "refused"]);
    expect(actionsFor("accepted").map((action) => stateAfter[action])).toEqual(["done", "refused"]);
  });
});

describe("a change under way", () => {
  it("accepts at one press", () => {
    expect(run({ type: "choose", action: "accept", draft: "" })).toEqual({
      step: "sending",
      action: "accept",
      note: "",
    });
  });

  it("does not send a refusal without a reason, nor one of blanks", () => {
    const asked = run(
      { type: "choose", action: "refuse", draft: "" },
      { type: "write", note: "  \n" },
      { type: "confirm" },
    );
    expect(asked).toEqual({ step: "writing", action: "refuse", note: "  \n", missing: true });
    expect(changeAfter(asked, { type: "write", note: "重复" })).toMatchObject({ missing: false });
  });

  it("keeps what was written when it fails, and sends the same again", () => {
    const failed = run(
      { type: "choose", action: "refuse", draft: "" },
      { type: "write", note: " 重复上报 " },
      { type: "confirm" },
      { type: "failed" },
    );
    expect(failed).toEqual({ step: "failed", action: "refuse", note: "重复上报" });
    expect(changeAfter(failed, { type: "confirm" })).toEqual({
      step: "sending",
      action: "refuse",
      note: "重复上报",
    });
  });

  it("tells a conflict with the state somebody else chose", () => {
    expect(
      run({ type: "choose", action: "accept", draft: "" }, { type: "conflict", state: "refused" }),
    ).toEqual({ step: "conflict", action: "accept", note: "", state: "refused" });
  });

  it("shows the coming state only while it is being sent", () => {
    expect(shownState("new", { step: "sending", action: "accept", note: "" })).toBe("accepted");
    expect(shownState("new", { step: "failed", action: "accept", note: "" })).toBe("new");
  });

  it("never sends twice, never loses a note that is required (every path of five events)", () => {
    const events: ChangeEvent[] = [
      { type: "choose", action: "accept", draft: "" },
      { type: "choose", action: "refuse", draft: "" },
      { type: "write", note: "因为" },
      { type: "confirm" },
      { type: "cancel" },
      { type: "agreed" },
      { type: "failed" },
      { type: "conflict", state: "done" },
    ];
    const walk = (change: Change, depth: number): void => {
      if (change.step === "sending" && noteFor(change.action) === "required") {
        expect(change.note).not.toBe("");
      }
      if (depth === 0) return;
      for (const event of events) {
        const next = changeAfter(change, event);
        if (change.step === "sending" && !["agreed", "failed", "conflict"].includes(event.type)) {
          expect(next).toBe(change);
        }
        walk(next, depth - 1);
      }
    };
    walk({ step: "idle" }, 5);
  });
});

describe("the neighbour in a list", () => {
  it("stops at the ends and starts where nothing is selected", () => {
    const ids = ["a", "b", "c"];
    expect(neighbour(ids, "a", 1)).toBe("b");
    expect(neighbour(ids, "c", 1)).toBe("c");
    expect(neighbour(ids, "a", -1)).toBe("a");
    expect(neighbour(ids, null, 1)).toBe("a");
    expect(neighbour(ids, "gone", -1)).toBe("c");
    expect(neighbour([], null, 1)).toBeNull();
  });
});
