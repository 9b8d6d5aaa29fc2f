/** The queue of reports: pages of every state for the filter in the address. */
import type { Api } from "../../api/client";
import type { ReportSummary } from "../../api/types";
import { type Feed, countOf, moved, visible, withPage } from "../../core/feed";
import { type ReportState, reportStates } from "../../core/report";
import type { View } from "../../core/view";
import { Resource } from "./resource.svelte";

export class Queue {
  readonly #api: Api;
  readonly #view: () => View;
  readonly #feed: Resource<Feed<ReportSummary>>;
  loadingMore = $state(false);
  moreProblem = $state.raw<unknown>(null);

  constructor(api: Api, view: () => View) {
    this.#api = api;
    this.#view = view;
    this.#feed = new Resource(async (signal) => {
      const { service, area } = this.#view();
      const first = async (state: ReportState) =>
        [state, await this.#api.reports({ state, service, area, before: null }, signal)] as const;
      return Object.fromEntries(await Promise.all(reportStates.map(first))) as unknown as Feed<ReportSummary>;
    });
  }

  get ready(): boolean {
    return this.#feed.value !== null;
  }
  get loading(): boolean {
    return this.#feed.loading;
  }
  get problem(): unknown {
    return this.#feed.problem;
  }
  get loadedAt(): number | null {
    return this.#feed.loadedAt;
  }

  // On their own, so that a move of the map does not make the list anew.
  readonly #states = $derived.by(() => this.#view().states);
  readonly #kept = $derived.by(() => this.#view().report);

  /** What the list and the map show. */
  readonly reports: readonly ReportSummary[] = $derived.by(() =>
    this.#feed.value ? visible(this.#feed.value, this.#states, this.#kept) : [],
  );

  count(states: readonly ReportState[]): { count: number; complete: boolean } | null {
    return this.#feed.value && countOf(this.#feed.value, states);
  }

  load(): Promise<void> {
    return this.#feed.load();
  }

  clear(): void {
    this.#feed.clear();
  }

  /** The next page of every chosen state that has one. */
  async more(): Promise<void> {
    const { states, service, area } = this.#view();
    this.loadingMore = true;
    this.moreProblem = null;
    try {
      for (const state of states) {
        const before = this.#feed.value?.[state].next ?? null;
        if (before === null) continue;
        const page = await this.#api.reports({ state, service, area, before });
        if (this.#feed.value) this.#feed.value = withPage(this.#feed.value, state, page);
      }
    } catch (problem) {
      this.moreProblem = problem;
    } finally {
      this.loadingMore = false;
    }
  }

  /** A report has gone into another state. */
  moved(id: string, state: ReportState): void {
    if (this.#feed.value) this.#feed.value = moved(this.#feed.value, id, state);
  }
}
