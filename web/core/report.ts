/** The life of a report as the officials' app sees it: states, what may follow what, and a change under way. */

export const reportStates = ["new", "accepted", "done", "refused"] as const;
export type ReportState = (typeof reportStates)[number];

/** States in which somebody still has to act. */
export const openStates: readonly ReportState[] = ["new", "accepted"];

export type ReportAction = "accept" | "done" | "refuse";

export const stateAfter: Record<ReportAction, ReportState> = {
  accept: "accepted",
  done: "done",
  refuse: "refused",
};

/** What may be done with a report in this state, the usual step first. */
export function actionsFor(state: ReportState): readonly ReportAction[] {
  switch (state) {
    case "new":
      return ["accept", "refuse"];
    case "accepted":
      return ["done", "refuse"];
    case "done":
    case "refused":
      return [];
  }
}

/** A refusal must say why; closing may say what was done; accepting asks nothing. */
export function noteFor(action: ReportAction): "required" | "optional" | "none" {
  switch (action) {
    case "refuse":
      return "required";
    case "done":
      return "optional";
    case "accept":
      return "none";
  }
}

export function isReportState(text: string): text is ReportState {
  return (reportStates as readonly string[]).includes(text);
}

/**
 * A change of state from the press of a button to the server's word.
 *
 * `idle` → `writing` (a note is asked for) → `sending` → `idle` when the server agrees,
 * or `failed` (the note is kept, it may be sent again) or `conflict` (somebody was faster).
 */
export type Change =
  | { step: "idle" }
  | { step: "writing"; action: ReportAction; note: string; missing: boolean }
  | { step: "sending"; action: ReportAction; note: string }
  | { step: "failed"; action: ReportAction; note: string }
  | { step: "conflict"; action: ReportAction; note: string; state: ReportState };

export type ChangeEvent =
  | { type: "choose"; action: ReportAction; draft: string }
  | { type: "write"; note: string }
  | { type: "confirm" }
  | { type: "cancel" }
  | { type: "agreed" }
  | { type: "failed" }
  | { type: "conflict"; state: ReportState };

/** The next step. An event that makes no sense in the present step changes nothing. */
export function changeAfter(change: Change, event: ChangeEvent): Change {
  switch (event.type) {
    case "choose":
      if (change.step === "sending") return change;
      return noteFor(event.action) === "none"
        ? { step: "sending", action: event.action, note: "" }
        : { step: "writing", action: event.action, note: event.draft, missing: false };
    case "write":
      return change.step === "writing" ? { ...change, note: event.note, missing: false } : change;
    case "confirm":
      if (change.step === "failed") return { step: "sending", action: change.action, note: change.note };
      if (change.step !== "writing") return change;
      if (noteFor(change.action) === "required" && change.note.trim() === "") {
        return { ...change, missing: true };
      }
      return { step: "sending", action: change.action, note: change.note.trim() };
    case "cancel":
      return change.step === "sending" ? change : { step: "idle" };
    case "agreed":
      return change.step === "sending" ? { step: "idle" } : change;
    case "failed":
      return change.step === "sending"
        ? { step: "failed", action: change.action, note: change.note }
        : change;
    case "conflict":
      return change.step === "sending"
        ? { step: "conflict", action: change.action, note: change.note, state: event.state }
        : change;
  }
}

/** The state to show while a change is under way: what it will be, so that the press is felt at once. */
export function shownState(state: ReportState, change: Change): ReportState {
  return change.step === "sending" ? stateAfter[change.action] : state;
}

/** The neighbour of the selected one in a list; the first (or last) when nothing is selected. */
export function neighbour(ids: readonly string[], selected: string | null, step: 1 | -1): string | null {
  if (ids.length === 0) return null;
  const at = selected === null ? -1 : ids.indexOf(selected);
  if (at === -1) return (step === 1 ? ids[0] : ids.at(-1)) ?? null;
  return ids[Math.min(ids.length - 1, Math.max(0, at + step))] ?? null;
}
