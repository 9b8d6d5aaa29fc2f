/**
 * The queue of reports as pages, one stack of pages a state: counts of every state are known from the
 * first pages, and choosing states is only a matter of looking.
 */
import { type ReportState, reportStates } from "./report";

/** What the queue needs to know of a report. */
export interface Queued {
  id: string;
  state: ReportState;
  created_at: string;
}

export interface Page<Item extends Queued> {
  reports: readonly Item[];
  /** Where the next page starts; `null` after the last. */
  next: string | null;
}

export type Feed<Item extends Queued> = Readonly<Record<ReportState, Page<Item>>>;

export interface Count {
  count: number;
  /** Whether this is all there is, and not only what has been loaded. */
  complete: boolean;
}

/** The feed with one more page of a state behind the pages it has. */
export function withPage<Item extends Queued>(
  feed: Feed<Item>,
  state: ReportState,
  page: Page<Item>,
): Feed<Item> {
  const known = new Set(feed[state].reports.map(({ id }) => id));
  const added = page.reports.filter(({ id }) => !known.has(id));
  return { ...feed, [state]: { reports: [...feed[state].reports, ...added], next: page.next } };
}

/**
 * Reports in these states, newest first. `keep` stays in the list though its state has been changed
 * under somebody's hands: what one is working on must not vanish.
 */
export function visible<Item extends Queued>(
  feed: Feed<Item>,
  states: readonly ReportState[],
  keep: string | null,
): Item[] {
  const all = reportStates.flatMap((state) => feed[state].reports);
  return all
    .filter(({ id, state }) => states.includes(state) || id === keep)
    .toSorted((a, b) => b.created_at.localeCompare(a.created_at) || a.id.localeCompare(b.id));
}

/** The feed after a report has gone into another state. */
export function moved<Item extends Queued>(feed: Feed<Item>, id: string, state: ReportState): Feed<Item> {
  const item = reportStates.flatMap((from) => feed[from].reports).find((known) => known.id === id);
  if (!item || item.state === state) return feed;
  const without = feed[item.state];
  return {
    ...feed,
    [item.state]: { ...without, reports: without.reports.filter((known) => known.id !== id) },
    [state]: { ...feed[state], reports: [{ ...item, state }, ...feed[state].reports] },
  };
}

export function countOf<Item extends Queued>(feed: Feed<Item>, states: readonly ReportState[]): Count {
  return {
    count: states.reduce((sum, state) => sum + feed[state].reports.length, 0),
    complete: states.every((state) => feed[state].next === null),
  };
}
