/**
 * What is being written is kept on the phone, so that a page that is dropped loses nothing. The
 * telephone number is left out: phones are lent.
 */

const key = "xiangtu.draft";
/** A draft older than this is about something else. */
const lastsFor = 7 * 24 * 3600 * 1000;

export interface Draft {
  id: string;
  savedAt: number;
  fields: Record<string, string>;
}

export const keptFields = [
  "service",
  "description",
  "area",
  "lon",
  "lat",
  "accuracy",
  "place_source",
] as const;

/** The draft in a stored text, if it is one and still fresh. */
export function parseDraft(text: string | null, now: number): Draft | null {
  if (text === null) return null;
  try {
    const draft = JSON.parse(text) as Partial<Draft> | null;
    if (typeof draft?.id !== "string" || typeof draft.savedAt !== "number") return null;
    if (typeof draft.fields !== "object" || now - draft.savedAt > lastsFor) return null;
    const known = keptFields.filter((name) => typeof draft.fields?.[name] === "string");
    const fields = Object.fromEntries(known.map((name) => [name, draft.fields?.[name] ?? ""]));
    return { id: draft.id, savedAt: draft.savedAt, fields };
  } catch {
    return null;
  }
}

/** Whether there is something in it that somebody would miss. */
export function isWorthKeeping(fields: Record<string, string>): boolean {
  return ["service", "description", "area"].some((name) => (fields[name] ?? "").trim() !== "");
}

export function loadDraft(): Draft | null {
  return parseDraft(read(key), Date.now());
}

export function saveDraft(id: string, fields: Record<string, string>): void {
  if (isWorthKeeping(fields)) write(key, JSON.stringify({ id, savedAt: Date.now(), fields }));
}

export function dropDraft(): void {
  write(key, null);
}

/** Storage may be full or switched off: then nothing is kept, and nothing breaks. */
export function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function write(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // As above.
  }
}
