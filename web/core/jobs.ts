/** Jobs as the app shows them: states, how far they are, and their chunks as a small picture. */
import { type Language } from "./language";
import { number } from "./format";
import type { Translate } from "./translate";

export const jobStates = ["queued", "running", "done", "failed", "cancelled"] as const;
export type JobState = (typeof jobStates)[number];

/** A job that is asked to stop says so until it has stopped. */
export type ShownJobState = JobState | "cancelling";

export const chunkStates = ["waiting", "running", "done", "failed"] as const;
export type ChunkState = (typeof chunkStates)[number];

export interface JobProgress {
  chunks: number;
  done: number;
  running: number;
  failed: number;
  bytes_read: number;
  bytes_written: number;
  /** Chunks a minute of late; `null` before the first is done. */
  per_minute: number | null;
  /** Seconds still to go at that rate. */
  remaining_s: number | null;
}

interface Stateful {
  state: JobState;
  cancel_requested: boolean;
}

export function shownJobState({ state, cancel_requested }: Stateful): ShownJobState {
  return state === "running" && cancel_requested ? "cancelling" : state;
}

export function isOver(state: JobState): boolean {
  return state === "done" || state === "failed" || state === "cancelled";
}

/** What may be done with a job in this state. */
export function actionsOf(job: Stateful): { cancel: boolean; retry: boolean; remove: boolean } {
  return {
    cancel: !isOver(job.state) && !job.cancel_requested,
    retry: job.state === "failed" || job.state === "cancelled",
    remove: isOver(job.state),
  };
}

/** Done out of all, 0 to 1. Only a job that is done shows the whole. */
export function share({ state, progress }: { state: JobState; progress: JobProgress }): number {
  if (state === "done") return 1;
  return progress.chunks === 0 ? 0 : Math.min(progress.done / progress.chunks, 0.99);
}

/** The list with what has just come: replaced where it stands, else at the head. */
export function withJob<Job extends { id: string }>(jobs: readonly Job[], changed: Job): Job[] {
  return jobs.some(({ id }) => id === changed.id)
    ? jobs.map((job) => (job.id === changed.id ? changed : job))
    : [changed, ...jobs];
}

/** A span in words: seconds below a minute and a half, then minutes, then hours and minutes. */
export function duration(seconds: number, translate: Translate): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 90) return translate("duration.seconds", { count: whole });
  const minutes = Math.round(whole / 60);
  if (minutes < 90) return translate("duration.minutes", { count: minutes });
  return translate("duration.hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

const units = ["B", "KB", "MB", "GB", "TB"] as const;

/** Bytes with a unit of 1000, as disks are sold and networks measured. */
export function bytes(count: number, language: Language): string {
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${number(value, language, unit === 0 || value >= 99.5 ? 0 : 1)} ${units[unit] ?? "B"}`;
}

/** A great count of pixels in the reader's own large numbers: 万 and 亿, or million and billion. */
export function pixels(count: number, language: Language): string {
  return new Intl.NumberFormat(language === "zh" ? "zh-CN" : "en", {
    notation: "compact",
    compactDisplay: "long",
    maximumSignificantDigits: 3,
  }).format(count);
}

export interface Square {
  state: ChunkState;
  /** Positions from first to last of what this square stands for. */
  first: number;
  last: number;
}

/**
 * The chunks of a stage as at most `limit` squares in order. Where one square stands for several chunks
 * it shows what most needs to be seen: a failure, then work in hand, then what waits.
 */
export function squares(states: readonly ChunkState[], limit: number): Square[] {
  const size = Math.max(1, Math.ceil(states.length / limit));
  const made: Square[] = [];
  for (let first = 0; first < states.length; first += size) {
    const held = states.slice(first, first + size);
    const state = (["failed", "running", "waiting"] as const).find((wanted) => held.includes(wanted));
    made.push({ state: state ?? "done", first, last: first + held.length - 1 });
  }
  return made;
}
