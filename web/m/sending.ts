/**
 * Sending a report until it is truly received: success is a receipt that names our report and every
 * photo of it, never a bare 200 (a sign-in page of some Wi-Fi also says 200).
 */

export interface Receipt {
  id: string;
  reference: string;
  photos: string[];
}

/** One thing that is wrong with one field. */
export interface FieldError {
  field: string;
  code: string;
}

/** What one attempt came to. */
export type Answer =
  | { kind: "received"; receipt: Receipt }
  /** The server says what is wrong: trying again does not help. */
  | { kind: "refused"; status: number; code: string; detail: string; errors: FieldError[] }
  /** No answer, or one of a server in trouble: try again. */
  | { kind: "unreached" }
  /** An answer that is not ours: try again, and say so. */
  | { kind: "strange" };

/** What an HTTP answer means for the report of this id with so many photos. */
export function understand(
  status: number,
  contentType: string,
  body: string,
  id: string,
  photoCount: number,
): Answer {
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  const json = type === "application/json" || type === "application/problem+json" ? parsed(body) : null;
  if (status === 200 || status === 201) {
    const receipt = type === "application/json" ? receiptIn(json, id, photoCount) : null;
    return receipt ? { kind: "received", receipt } : { kind: "strange" };
  }
  if (status >= 400 && status < 500 && type === "application/problem+json" && isRecord(json)) {
    // Asked too often or waited too long: that passes.
    if (status === 408 || status === 429) return { kind: "unreached" };
    return { kind: "refused", status, code: text(json["code"]), detail: text(json["detail"]), errors: errorsIn(json["errors"]) };
  }
  return status >= 500 || status === 0 || status === 408 || status === 429
    ? { kind: "unreached" }
    : { kind: "strange" };
}

function errorsIn(list: unknown): FieldError[] {
  if (!Array.isArray(list)) return [];
  return list.filter(isRecord).map(({ field, code }) => ({ field: text(field), code: text(code) }));
}

function receiptIn(json: unknown, id: string, photoCount: number): Receipt | null {
  if (!isRecord(json) || !isRecord(json["receipt"])) return null;
  const { id: echoed, reference, photos } = json["receipt"];
  const complete =
    typeof echoed === "string" &&
    echoed.toLowerCase() === id.toLowerCase() &&
    typeof reference === "string" &&
    reference !== "" &&
    Array.isArray(photos) &&
    photos.length === photoCount;
  return complete ? { id, reference, photos: photos.map(String) } : null;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Attempts before the person is asked to go on. */
export const mostAttempts = 12;

/** Seconds to wait after the n-th attempt (from 1): 2, 4, 8 … at most 60. */
export function patience(attempt: number): number {
  return Math.min(60, 2 ** attempt);
}

export interface Progress {
  sending(percent: number): void;
  confirming(): void;
  waiting(seconds: number, attempt: number, why: "unreached" | "strange"): void;
}

/** Ends a wait early, or the whole sending. */
export interface Control {
  now(): void;
  stop(): void;
}

export type Outcome = Exclude<Answer, { kind: "unreached" } | { kind: "strange" }> | { kind: "stopped" };

/** Sends until received, refused, stopped, or tried too often. */
export function send(
  url: string,
  id: string,
  body: () => FormData,
  photoCount: number,
  progress: Progress,
): { outcome: Promise<Outcome>; control: Control } {
  let stopped = false;
  let request: XMLHttpRequest | null = null;
  let wake: () => void = () => undefined;

  async function run(): Promise<Outcome> {
    for (let attempt = 1; attempt <= mostAttempts && !stopped; attempt += 1) {
      const answer = await once();
      if (answer.kind === "received" || answer.kind === "refused") return answer;
      if (stopped || attempt === mostAttempts) break;
      await pause(patience(attempt), attempt + 1, answer.kind);
    }
    return { kind: "stopped" };
  }

  // Not fetch: only this one says how far an upload is, and it is all a person on 2G wants to know.
  function once(): Promise<Answer> {
    return new Promise((resolve) => {
      const attempt = new XMLHttpRequest();
      request = attempt;
      attempt.open("PUT", url);
      attempt.setRequestHeader("Accept", "application/json, application/problem+json");
      progress.sending(0);
      attempt.upload.onprogress = ({ loaded, total }) => {
        if (total > 0) progress.sending(Math.floor((100 * loaded) / total));
      };
      attempt.upload.onload = () => {
        progress.confirming();
      };
      attempt.onload = () => {
        const type = attempt.getResponseHeader("Content-Type") ?? "";
        resolve(understand(attempt.status, type, attempt.responseText, id, photoCount));
      };
      attempt.onerror = attempt.onabort = attempt.ontimeout = () => {
        resolve({ kind: "unreached" });
      };
      attempt.send(body());
    });
  }

  function pause(seconds: number, attempt: number, why: "unreached" | "strange"): Promise<void> {
    return new Promise((resolve) => {
      let left = seconds;
      const tick = (): void => {
        if (left <= 0 || stopped) {
          finish();
          return;
        }
        progress.waiting(left, attempt, why);
        left -= 1;
      };
      const timer = setInterval(tick, 1000);
      const finish = (): void => {
        clearInterval(timer);
        removeEventListener("online", finish);
        resolve();
      };
      wake = finish;
      // The network is back: no need to wait.
      addEventListener("online", finish);
      tick();
    });
  }

  return {
    outcome: run(),
    control: {
      now: () => {
        wake();
      },
      stop: () => {
        stopped = true;
        request?.abort();
        wake();
      },
    },
  };
}
