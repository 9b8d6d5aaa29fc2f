/** The only place that speaks to the server: typed calls, one way for problems, signing in again in mid-work. */
import { type Language, htmlLanguage } from "../core/language";
import type { EmapStyle } from "../core/emap";
import type { ReportState } from "../core/report";
import type { Moment } from "../core/history";
import type { Finding } from "../core/patches";
import { Problem, problemOf } from "./problem";
import type {
  AccessToken,
  Area,
  BaseMap,
  Estimate,
  Job,
  JobChunk,
  JobDetail,
  JobLogLine,
  Layer,
  MadeToken,
  Patch,
  PatchDetail,
  Recipe,
  Report,
  ReportPage,
  Service,
  Session,
  Statistics,
} from "./types";

export interface ApiOptions {
  fetch: typeof fetch;
  language: () => Language;
  /**
   * Called when an answer says that the session has ended. Resolves to true when the same person has
   * signed in again (the call is then repeated), to false when they would not.
   */
  signInAgain: () => Promise<boolean>;
}

export interface ReportQuery {
  state: ReportState;
  service: string | null;
  area: string | null;
  before: string | null;
}

interface Call {
  method?: "GET" | "POST" | "DELETE";
  body?: unknown;
  signal?: AbortSignal | undefined;
}

export class Api {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /** Who is signed in; nobody is no error. */
  async session(): Promise<Session | null> {
    try {
      return await this.#once<Session>("/api/v1/session", {});
    } catch (problem) {
      if (problem instanceof Problem && problem.isSessionLost) return null;
      throw problem;
    }
  }

  signIn(login: string, password: string): Promise<Session> {
    return this.#once<Session>("/api/v1/session", { method: "POST", body: { login, password } });
  }

  async signOut(): Promise<void> {
    await this.#once("/api/v1/session", { method: "DELETE" });
  }

  async tokens(): Promise<AccessToken[]> {
    return (await this.#call<{ tokens: AccessToken[] }>("/api/v1/tokens")).tokens;
  }

  makeToken(name: string, days: number): Promise<MadeToken> {
    return this.#call("/api/v1/tokens", { method: "POST", body: { name, days } });
  }

  async revokeToken(id: number): Promise<void> {
    await this.#call(`/api/v1/tokens/${String(id)}`, { method: "DELETE" });
  }

  async areas(): Promise<Area[]> {
    return (await this.#call<{ areas: Area[] }>("/api/v1/areas")).areas;
  }

  async layers(): Promise<Layer[]> {
    return (await this.#call<{ layers: Layer[] }>("/api/v1/layers")).layers;
  }

  /** Base maps of outside hosts; none unless somebody configured them. */
  async baseMaps(): Promise<BaseMap[]> {
    return (await this.#call<{ base_maps: BaseMap[] }>("/api/v1/base-maps")).base_maps;
  }

  /** A look of the e-map, with names in the reader's language. */
  style(name: "emap" | "emap-over-imagery", signal?: AbortSignal): Promise<EmapStyle> {
    return this.#call(`/styles/${name}.json${query({ lang: this.#options.language() })}`, { signal });
  }

  async services(): Promise<Service[]> {
    return (await this.#call<{ services: Service[] }>("/api/v1/services")).services;
  }

  reports({ state, service, area, before }: ReportQuery, signal?: AbortSignal): Promise<ReportPage> {
    return this.#call(`/api/v1/reports${query({ state, service, area, before })}`, { signal });
  }

  report(id: string, signal?: AbortSignal): Promise<Report> {
    return this.#call(`/api/v1/reports/${encodeURIComponent(id)}`, { signal });
  }

  async changeState(id: string, to: ReportState, note: string): Promise<void> {
    const address = `/api/v1/reports/${encodeURIComponent(id)}/events`;
    await this.#call(address, { method: "POST", body: { to_state: to, note } });
  }

  statistics(layer: string, date: string | null, signal?: AbortSignal): Promise<Statistics> {
    return this.#call(`${layerAddress(layer)}/statistics${query({ date })}`, { signal });
  }

  /** What a layer says of a place, oldest date first. */
  async history(layer: string, lon: number, lat: number, signal?: AbortSignal): Promise<readonly Moment[]> {
    const place = { lon: lon.toFixed(6), lat: lat.toFixed(6) };
    const address = `${layerAddress(layer)}/history${query(place)}`;
    return (await this.#call<{ values: readonly Moment[] }>(address, { signal })).values;
  }

  jobs(before: string | null, signal?: AbortSignal): Promise<{ jobs: Job[]; next: string | null }> {
    return this.#call(`/api/v1/jobs${query({ before })}`, { signal });
  }

  job(id: string, signal?: AbortSignal): Promise<JobDetail> {
    return this.#call(jobAddress(id), { signal });
  }

  async chunks(id: string, signal?: AbortSignal): Promise<JobChunk[]> {
    return (await this.#call<{ chunks: JobChunk[] }>(`${jobAddress(id)}/chunks`, { signal })).chunks;
  }

  /** What it said, oldest first; only what came after one of the lines if it is given. */
  async jobLog(id: string, after: number | null, signal?: AbortSignal): Promise<JobLogLine[]> {
    const said: JobLogLine[] = [];
    for (;;) {
      const last = said.at(-1)?.id ?? after;
      const address = `${jobAddress(id)}/log${query({ after: last === null ? null : String(last) })}`;
      const { lines } = await this.#call<{ lines: JobLogLine[] }>(address, { signal });
      if (lines.length === 0) return said;
      said.push(...lines);
    }
  }

  estimate(recipe: string, signal?: AbortSignal): Promise<Estimate> {
    return this.#call("/api/v1/jobs/estimate", { method: "POST", body: { recipe }, signal });
  }

  submitJob(recipe: string): Promise<Job> {
    return this.#call("/api/v1/jobs", { method: "POST", body: { recipe } });
  }

  cancelJob(id: string): Promise<Job> {
    return this.#call(`${jobAddress(id)}/cancel`, { method: "POST" });
  }

  retryJob(id: string): Promise<Job> {
    return this.#call(`${jobAddress(id)}/retry`, { method: "POST" });
  }

  async removeJob(id: string): Promise<void> {
    await this.#call(jobAddress(id), { method: "DELETE" });
  }

  async recipes(signal?: AbortSignal): Promise<Recipe[]> {
    return (await this.#call<{ recipes: Recipe[] }>("/api/v1/recipes", { signal })).recipes;
  }

  async patches(layer: string, signal?: AbortSignal): Promise<Patch[]> {
    return (await this.#call<{ patches: Patch[] }>(`${layerAddress(layer)}/patches`, { signal })).patches;
  }

  patch(layer: string, key: string, signal?: AbortSignal): Promise<PatchDetail> {
    return this.#call(`${layerAddress(layer)}/patches/${encodeURIComponent(key)}`, { signal });
  }

  checkPatch(layer: string, key: string, state: Finding, note: string): Promise<Patch> {
    const address = `${layerAddress(layer)}/patches/${encodeURIComponent(key)}/check`;
    return this.#call(address, { method: "POST", body: { state, note } });
  }

  async #call<Answer>(path: string, call: Call = {}): Promise<Answer> {
    try {
      return await this.#once<Answer>(path, call);
    } catch (problem) {
      const lost = problem instanceof Problem && problem.isSessionLost;
      if (!lost || !(await this.#options.signInAgain())) throw problem;
      return await this.#once<Answer>(path, call);
    }
  }

  async #once<Answer>(path: string, { method = "GET", body, signal }: Call): Promise<Answer> {
    const headers: Record<string, string> = {
      Accept: "application/json, application/problem+json",
      "Accept-Language": htmlLanguage(this.#options.language()),
    };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let response: Response;
    try {
      response = await this.#options.fetch(path, {
        method,
        headers,
        credentials: "same-origin",
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Problem("offline", 0, "", "");
    }
    if (!response.ok) throw await problemOf(response);
    if (response.status === 204) return undefined as Answer;
    // A captive portal answers 200 with a page of its own: only JSON is an answer of ours.
    if (!response.headers.get("Content-Type")?.startsWith("application/json")) {
      throw new Problem("unreadable", response.status, "", "");
    }
    return (await response.json()) as Answer;
  }
}

/** Address of the table as CSV, for a plain link. */
export function statisticsCsv(layer: string, date: string | null): string {
  return `${layerAddress(layer)}/statistics.csv${query({ date })}`;
}

/** Address of a layer's ledger of patches as CSV. */
export function patchesCsv(layer: string): string {
  return `${layerAddress(layer)}/patches.csv`;
}

/** Addresses of what happens to all jobs in scope, and to one, as server-sent events. */
export function jobEvents(id: string | null): string {
  return id === null ? "/api/v1/jobs/events" : `${jobAddress(id)}/events`;
}

export function photoAddress(report: string, position: number): string {
  return `/api/v1/reports/${encodeURIComponent(report)}/photos/${String(position)}`;
}

export function thumbnailAddress(report: string, position: number): string {
  return `${photoAddress(report, position)}/thumbnail`;
}

function jobAddress(id: string): string {
  return `/api/v1/jobs/${encodeURIComponent(id)}`;
}

function layerAddress(layer: string): string {
  return `/api/v1/layers/${encodeURIComponent(layer)}`;
}

function query(values: Record<string, string | null>): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value !== null) parameters.set(key, value);
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}
