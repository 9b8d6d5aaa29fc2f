/** The form with a script: kept while it is written, sent in the background until it is received. */
import { dropDraft, keptFields, loadDraft, saveDraft } from "./draft";
import { type Photos, photoField } from "./photos";
import { placeField } from "./place";
import { type Outcome, send } from "./sending";
import { type Settings, sayer } from "./settings";
import { isUuid, uuidv7 } from "./uuid";

const sentMark = "xiangtu.just-sent";

export function enhance(form: HTMLFormElement, settings: Settings): void {
  const say = sayer(settings);
  const field = (name: string): HTMLInputElement => form.elements.namedItem(name) as HTMLInputElement;
  const id = field("id");
  const photoInput = document.getElementById("photo-file") as HTMLInputElement;
  const photoBox = document.getElementById("photos") as HTMLElement;
  const sendButton = document.getElementById("send") as HTMLButtonElement;
  const progressBox = document.getElementById("progress") as HTMLElement;

  const written = (): Record<string, string> => {
    const data = new FormData(form);
    return Object.fromEntries(keptFields.map((name) => [name, textOf(data, name)]));
  };
  // What has been received, or thrown away, is not kept again by a timer or by leaving the page.
  let finished = false;
  const keep = (): void => {
    if (!finished) saveDraft(id.value, written());
  };

  if (!isUuid(id.value)) id.value = uuidv7();
  if (!settings.kept) restore(form, id);
  const photos: Photos = photoField(photoInput, photoBox, settings.photo_limit, say);
  const holdPlace = placeField(
    {
      lon: field("lon"),
      lat: field("lat"),
      accuracy: field("accuracy"),
      source: field("place_source"),
      area: document.getElementById("area") as HTMLSelectElement,
    },
    settings,
    say,
    keep,
  );
  showKind(form);
  form.addEventListener("change", () => {
    showKind(form);
    keep();
  });
  form.addEventListener("input", debounced(keep, 400));
  addEventListener("pagehide", keep);
  document.getElementById("restart")?.addEventListener("click", () => {
    finished = true;
    dropDraft();
    location.assign("/m/report");
  });

  let busy = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (busy) return;
    holdPlace();
    keep();
    hideMistakes();
    busy = true;
    sendButton.disabled = true;
    const blobs = photos.blobs();
    const all = new FormData(form);
    const fields = [...keptFields, "phone"].map((name) => [name, textOf(all, name)] as const);
    const body = (): FormData => {
      const data = new FormData();
      for (const [name, value] of fields) data.set(name, value);
      blobs.forEach((blob, index) => {
        data.append("photo", blob, `${index + 1}.jpg`);
      });
      return data;
    };
    const view = progressView(progressBox, say);
    const { outcome, control } = send(
      `/api/v1/reports/${id.value}`,
      id.value,
      body,
      blobs.length,
      view.progress,
    );
    view.control = control;
    progressBox.scrollIntoView({ block: "nearest" });
    void outcome.then((result) => {
      busy = false;
      sendButton.disabled = false;
      conclude(result);
    });
  });

  function conclude(result: Outcome): void {
    progressBox.replaceChildren();
    progressBox.className = "";
    if (result.kind === "received") {
      finished = true;
      dropDraft();
      progressBox.textContent = say("sent");
      sessionStorageSet(result.receipt.reference);
      location.assign(`/m/report/${encodeURIComponent(result.receipt.reference)}`);
      return;
    }
    if (result.kind === "stopped") {
      progressBox.className = "trouble";
      progressBox.textContent = say("gave_up");
      return;
    }
    if (result.status === 409) {
      const before = id.value;
      // Sent again from here it is another report.
      id.value = uuidv7();
      keep();
      showMistakes([{ text: say("conflict"), href: `/m/sent/${before}` }]);
      return;
    }
    const whole = { code: result.code, field: "" };
    const errors = result.errors.length > 0 ? result.errors : [whole];
    showMistakes(
      errors.map(({ code }) => ({
        text: wordsFor(code, settings.problems, result.detail),
        href: `#${anchorOf(code)}`,
      })),
    );
  }

  function hideMistakes(): void {
    const section = document.getElementById("mistakes");
    if (section) section.hidden = true;
  }

  function showMistakes(mistakes: { text: string; href: string }[]): void {
    const section = document.getElementById("mistakes");
    const list = section?.querySelector("ul");
    if (!section || !list) return;
    list.replaceChildren(
      ...mistakes.map(({ text, href }) => {
        const item = document.createElement("li");
        const link = document.createElement("a");
        link.href = href;
        link.textContent = text;
        item.append(link);
        return item;
      }),
    );
    section.hidden = false;
    section.focus();
    section.scrollIntoView();
  }
}

/** The page's own words for a problem; the server's where a photo is meant by its number. */
export function wordsFor(code: string, problems: Record<string, string>, detail: string): string {
  const words = problems[code.replace(/-/g, "_")];
  return words === undefined || words.includes("{") ? detail || code : words;
}

/** The field a problem of the interface belongs to. */
export function anchorOf(code: string): string {
  if (code.startsWith("photo") || code === "too-many-photos" || code === "too-large") return "photo";
  if (code.startsWith("place") || code === "outside-served-areas") return "place";
  if (code.includes("service")) return "service";
  if (code.startsWith("phone")) return "phone";
  if (code === "nothing-said" || code.startsWith("description")) return "description";
  return "form";
}

function restore(form: HTMLFormElement, id: HTMLInputElement): void {
  const draft = loadDraft();
  if (!draft || !isUuid(draft.id)) return;
  id.value = draft.id;
  for (const [name, value] of Object.entries(draft.fields)) {
    const element = form.elements.namedItem(name);
    if (element instanceof RadioNodeList) element.value = value;
    else if (element) (element as HTMLInputElement).value = value;
  }
  const note = document.getElementById("restored");
  if (note) note.hidden = false;
}

/** What belongs to the chosen kind, said in a line below. */
function showKind(form: HTMLFormElement): void {
  const chosen = textOf(new FormData(form), "service");
  for (const kind of form.querySelectorAll(".kind"))
    kind.classList.toggle("chosen", kind.querySelector("input")?.checked === true);
  for (const hint of form.querySelectorAll<HTMLElement>(".kind-hint"))
    hint.classList.toggle("shown", hint.dataset["kind"] === chosen);
}

interface View {
  progress: {
    sending(percent: number): void;
    confirming(): void;
    waiting(seconds: number, attempt: number, why: "unreached" | "strange"): void;
  };
  control: { now(): void; stop(): void } | null;
}

/** What is going on, in words, with the two things one can do about it. */
function progressView(box: HTMLElement, say: ReturnType<typeof sayer>): View {
  const words = document.createElement("p");
  const bar = document.createElement("progress");
  bar.max = 100;
  const buttons = document.createElement("div");
  buttons.className = "row";
  const view: View = {
    control: null,
    progress: {
      sending(percent) {
        show(say("sending", { percent }), false, percent);
      },
      confirming() {
        show(say("confirming"), false, 100);
      },
      waiting(seconds, attempt, why) {
        const offline = !navigator.onLine;
        const text = offline ? say("offline") : say("waiting", { seconds, attempt });
        show(why === "strange" && !offline ? `${say("strange")} ${text}` : text, true, null);
      },
    },
  };
  for (const [name, act] of [
    ["now", () => view.control?.now()],
    ["stop", () => view.control?.stop()],
  ] as const) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = name === "now" ? "button second" : "button quiet";
    button.textContent = say(name);
    button.addEventListener("click", act);
    buttons.append(button);
  }
  box.replaceChildren(words, bar, buttons);

  function show(text: string, trouble: boolean, percent: number | null): void {
    words.textContent = text;
    box.className = trouble ? "trouble" : "";
    buttons.hidden = !trouble;
    bar.hidden = percent === null;
    bar.value = percent ?? 0;
  }
  return view;
}

function textOf(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === "string" ? value : "";
}

function debounced(act: () => void, wait: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, wait);
  };
}

/** Tells the next page that this very phone has just sent that report. */
function sessionStorageSet(reference: string): void {
  try {
    sessionStorage.setItem(sentMark, reference);
  } catch {
    // Then the number is on the page, only not in the list.
  }
}

export function wasJustSent(reference: string | undefined): boolean {
  try {
    return reference !== undefined && sessionStorage.getItem(sentMark) === reference;
  } catch {
    return false;
  }
}
