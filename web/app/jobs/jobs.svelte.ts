/** The jobs of this person's areas, kept up to date by what the server says as it happens. */
import { type Api, jobEvents } from "../../api/client";
import type { Job } from "../../api/types";
import { withJob } from "../../core/jobs";
import { Resource } from "../state/resource.svelte";

/** How long to wait before a stream that was refused is tried again. */
const again = 5_000;

export class Jobs {
  readonly #api: Api;
  readonly #page: Resource<{ jobs: Job[]; next: string | null }>;
  #source: EventSource | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  live = $state(false);
  /** The last one that changed, for whoever shows it in full. */
  changed = $state.raw<Job | null>(null);
  loadingMore = $state(false);

  constructor(api: Api) {
    this.#api = api;
    this.#page = new Resource((signal) => api.jobs(null, signal));
  }

  get list(): readonly Job[] | null {
    return this.#page.value?.jobs ?? null;
  }
  get more(): boolean {
    return (this.#page.value?.next ?? null) !== null;
  }
  get problem(): unknown {
    return this.#page.problem;
  }

  /** Loads the list and listens until the returned function is called. */
  open(): () => void {
    void this.load().then(() => {
      this.#listen();
    });
    return () => {
      clearTimeout(this.#timer);
      this.#source?.close();
      this.#source = null;
      this.live = false;
    };
  }

  load(): Promise<void> {
    return this.#page.load();
  }

  async loadMore(): Promise<void> {
    const before = this.#page.value?.next ?? null;
    if (before === null || this.loadingMore) return;
    this.loadingMore = true;
    try {
      const page = await this.#api.jobs(before);
      const known = this.#page.value?.jobs ?? [];
      const added = page.jobs.filter(({ id }) => !known.some((job) => job.id === id));
      this.#page.value = { jobs: [...known, ...added], next: page.next };
    } catch (problem) {
      this.#page.problem = problem;
    } finally {
      this.loadingMore = false;
    }
  }

  put(job: Job): void {
    const page = this.#page.value ?? { jobs: [], next: null };
    this.#page.value = { ...page, jobs: withJob(page.jobs, job) };
    this.changed = job;
  }

  remove(id: string): void {
    const page = this.#page.value;
    if (page) this.#page.value = { ...page, jobs: page.jobs.filter((job) => job.id !== id) };
  }

  #listen(): void {
    this.#source?.close();
    const source = new EventSource(jobEvents(null));
    this.#source = source;
    source.addEventListener("open", () => {
      this.live = true;
    });
    source.addEventListener("job", (event: MessageEvent<string>) => {
      this.put(JSON.parse(event.data) as Job);
    });
    source.addEventListener("gone", (event: MessageEvent<string>) => {
      this.remove(event.data);
    });
    // The session has ended: asking for the list leads through a new sign-in.
    source.addEventListener("end", () => {
      this.#again(source, 0);
    });
    source.addEventListener("error", () => {
      this.live = false;
      // While it tries by itself there is nothing to do.
      if (source.readyState === EventSource.CLOSED) this.#again(source, again);
    });
  }

  #again(source: EventSource, wait: number): void {
    this.live = false;
    source.close();
    if (this.#source !== source) return;
    this.#timer = setTimeout(() => {
      void this.load().then(() => {
        // Whoever would not sign in again is not asked for ever.
        if (this.#source === source && this.problem === null) this.#listen();
      });
    }, wait);
  }
}
