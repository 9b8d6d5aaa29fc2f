/** What can go wrong between the app and the server: the server's `application/problem+json`, or no answer. */
import { type Translate, isMessageKey } from "../core/translate";

/** One thing that is wrong with what was sent. */
export interface Mistake {
  /** Name of the field; in a recipe the path of the key, such as `steps[1].index`. */
  field: string;
  code: string;
  /** In the text that was sent, counted from 1. */
  line: number | null;
  column: number | null;
  message: string;
}

export class Problem extends Error {
  override readonly name = "Problem";

  constructor(
    /** The server's code, or `offline` or `unreadable`, which are found on this side. */
    readonly code: string,
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    /** Seconds to wait, where the server says so. */
    readonly retryAfter: number | null = null,
    readonly mistakes: readonly Mistake[] = [],
  ) {
    super(`${code}: ${detail || title}`);
  }

  /** Nobody is signed in any more. */
  get isSessionLost(): boolean {
    return this.status === 401 && this.code !== "sign-in-refused";
  }
}

/** The words for a problem: the app's own where it has them for the code, else the server's. */
export function problemWords(problem: unknown, translate: Translate): { title: string; detail: string } {
  if (!(problem instanceof Problem)) {
    return { title: translate("problem.unreadable"), detail: translate("problem.unreadable.detail") };
  }
  if (problem.code === "too-many-attempts" && problem.retryAfter !== null) {
    return {
      title: translate("problem.too-many-attempts"),
      detail: translate("problem.too-many-attempts.wait", {
        minutes: Math.max(1, Math.ceil(problem.retryAfter / 60)),
      }),
    };
  }
  const own = (key: string, otherwise: string): string =>
    isMessageKey(key) ? (translate as (key: string) => string)(key) : otherwise;
  const key = `problem.${problem.code}`;
  return { title: own(key, problem.title), detail: own(`${key}.detail`, problem.detail) };
}

/** Reads the problem out of an answer that is not a success. */
export async function problemOf(response: Response): Promise<Problem> {
  const wait = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const retryAfter = Number.isFinite(wait) ? wait : null;
  const isProblem = response.headers.get("Content-Type")?.startsWith("application/problem+json") ?? false;
  if (isProblem) {
    const body: unknown = await response.json().catch(() => null);
    if (typeof body === "object" && body !== null) {
      const text = (key: string): string => {
        const value: unknown = Reflect.get(body, key);
        return typeof value === "string" ? value : "";
      };
      return new Problem(
        text("code"),
        response.status,
        text("title"),
        text("detail"),
        retryAfter,
        mistakesIn(Reflect.get(body, "errors")),
      );
    }
  }
  return new Problem("unreadable", response.status, "", "", retryAfter);
}

function mistakesIn(errors: unknown): Mistake[] {
  if (!Array.isArray(errors)) return [];
  return errors.map((error: Partial<Mistake>) => ({
    field: error.field ?? "",
    code: error.code ?? "",
    line: error.line ?? null,
    column: error.column ?? null,
    message: error.message ?? "",
  }));
}
