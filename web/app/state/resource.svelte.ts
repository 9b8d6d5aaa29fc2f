/** Something that is fetched: its value, or why there is none, and never a flicker back to nothing. */
export class Resource<Value> {
  value = $state.raw<Value | null>(null);
  problem = $state.raw<unknown>(null);
  loading = $state(false);
  /** When the value came, in milliseconds since 1970. */
  loadedAt = $state<number | null>(null);

  readonly #fetch: (signal: AbortSignal) => Promise<Value>;
  #running: AbortController | null = null;

  constructor(fetch: (signal: AbortSignal) => Promise<Value>) {
    this.#fetch = fetch;
  }

  /** Fetches it anew; a fetch still under way is given up. What is there stays until the new one comes. */
  async load(): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.loading = true;
    try {
      const value = await this.#fetch(running.signal);
      if (this.#running !== running) return;
      this.value = value;
      this.problem = null;
      this.loadedAt = Date.now();
    } catch (problem) {
      if (this.#running !== running) return;
      this.problem = problem;
    } finally {
      if (this.#running === running) this.loading = false;
    }
  }

  /** Forgets the value, so that the shape of what comes is shown instead of what no longer holds. */
  clear(): void {
    this.#running?.abort();
    this.#running = null;
    this.value = null;
    this.problem = null;
    this.loading = false;
  }
}
