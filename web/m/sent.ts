/** The numbers of what was sent from this phone, on this phone only. */
import { read, write } from "./draft";

const key = "xiangtu.sent";
const most = 20;

export interface Sent {
  reference: string;
  service: string;
  at: string;
}

export function parseSent(text: string | null): Sent[] {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(list)) return [];
    return list.filter(
      (entry: Partial<Sent> | null): entry is Sent =>
        typeof entry?.reference === "string" &&
        /^[\d-]+$/.test(entry.reference) &&
        typeof entry.service === "string" &&
        typeof entry.at === "string",
    );
  } catch {
    return [];
  }
}

/** The newest first, each number once. */
export function withSent(list: Sent[], entry: Sent): Sent[] {
  return [entry, ...list.filter(({ reference }) => reference !== entry.reference)].slice(0, most);
}

/** The first page lists them. */
export function listSent(): void {
  const section = document.getElementById("sent");
  const list = document.getElementById("sent-list");
  const entries = parseSent(read(key));
  if (!section || !list || entries.length === 0) return;
  section.hidden = false;
  list.replaceChildren(
    ...entries.map(({ reference, service, at }) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = `/m/report/${reference}`;
      link.append(span(`${service} · ${reference}`), span(at));
      item.append(link);
      return item;
    }),
  );
  document.getElementById("sent-clear")?.addEventListener("click", () => {
    write(key, null);
    section.hidden = true;
  });
}

function span(text: string): HTMLElement {
  const element = document.createElement("span");
  element.textContent = text;
  return element;
}

/** The page of a report: its number is remembered if it was sent from here, and can be copied. */
export function numberActions(justSent: boolean): void {
  const box = document.getElementById("number-actions");
  const data = box?.dataset;
  const reference = data?.["reference"];
  if (!box || !data || !reference) return;
  const entry = { reference, service: data["service"] ?? "", at: data["at"] ?? "" };
  if (justSent) write(key, JSON.stringify(withSent(parseSent(read(key)), entry)));
  // Both exist on encrypted pages only.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard) {
    const copy = button(data["copy"] ?? "");
    copy.addEventListener("click", () => {
      void clipboard.writeText(reference).then(() => {
        copy.textContent = data["copied"] ?? "";
      });
    });
    box.append(copy);
  }
  if ("share" in navigator) {
    const share = button(data["share"] ?? "");
    share.addEventListener("click", () => {
      const text = (data["shareText"] ?? "").replace("{reference}", reference);
      // Closing the share sheet is no failure.
      navigator.share({ text, url: location.href }).catch(() => undefined);
    });
    box.append(share);
  }
  box.hidden = box.childElementCount === 0;
}

function button(text: string): HTMLButtonElement {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "button second";
  element.textContent = text;
  return element;
}
