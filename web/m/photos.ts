/** Photos are made small on the phone: less to send, and nothing the camera noted goes with them. */
import type { Say } from "./settings";

const longEdge = 1280;
const quality = 0.65;
/** What the server takes at most; larger ones must have been shrunk here. */
const mostBytes = 12 * 1024 * 1024;

export interface Size {
  width: number;
  height: number;
}

/** The size with at most `edge` pixels on the longer side; never larger than it was. */
export function shrunkSize(size: Size, edge: number): Size {
  const scale = Math.min(1, edge / Math.max(size.width, size.height));
  return {
    width: Math.max(1, Math.round(size.width * scale)),
    height: Math.max(1, Math.round(size.height * scale)),
  };
}

/** The photo small and without metadata; as it is where this browser cannot, null if it is none. */
export async function shrink(file: Blob): Promise<Blob | null> {
  const picture = await open(file);
  if (picture === null) return null;
  const size = shrunkSize(
    { width: picture.width, height: picture.height },
    longEdge,
  );
  const canvas = document.createElement("canvas");
  canvas.width = size.width;
  canvas.height = size.height;
  const context = canvas.getContext("2d");
  if (!context) return asItIs(file);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, size.width, size.height);
  context.drawImage(picture, 0, 0, size.width, size.height);
  if ("close" in picture) picture.close();
  const small = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, "image/jpeg", quality);
  });
  canvas.width = canvas.height = 0;
  // A canvas a phone had no memory for comes back empty.
  return small !== null && small.size > 0 ? small : asItIs(file);
}

function asItIs(file: Blob): Blob | null {
  return file.size <= mostBytes ? file : null;
}

async function open(file: Blob): Promise<ImageBitmap | HTMLImageElement | null> {
  if ("createImageBitmap" in window) {
    try {
      return await createImageBitmap(file, { imageOrientation: "from-image" });
    } catch {
      // Older browsers know no options, some know no blob: the <img> below knows both.
    }
  }
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    return image;
  } catch {
    return null;
  } finally {
    setTimeout(() => {
      URL.revokeObjectURL(url);
    }, 10_000);
  }
}

export interface Photos {
  /** What will be sent, in order. */
  blobs(): Blob[];
  clear(): void;
}

/** Takes over the file field: a camera button, an album button, small pictures one can remove. */
export function photoField(field: HTMLInputElement, box: HTMLElement, limit: number, say: Say): Photos {
  let kept: { blob: Blob; url: string }[] = [];
  const list = document.createElement("div");
  list.id = "photo-list";
  const note = document.createElement("p");
  note.className = "hint";
  note.setAttribute("role", "status");
  const buttons = document.createElement("div");
  buttons.className = "row";
  const camera = field.cloneNode() as HTMLInputElement;
  camera.removeAttribute("id");
  camera.removeAttribute("multiple");
  camera.setAttribute("capture", "environment");
  const fields = [camera, field];
  const opens = ["photo_camera", "photo_album"].map((name, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button second";
    button.textContent = say(name);
    button.addEventListener("click", () => fields[index]?.click());
    return button;
  });
  buttons.append(...opens);
  box.append(list, note, buttons);
  // Whatever the camera writes is made into what the server reads.
  const formats = document.getElementById("photo-formats");
  if (formats) formats.hidden = true;
  for (const input of fields) {
    input.hidden = true;
    // What is sent is what was shrunk, not what the field holds.
    input.removeAttribute("name");
    input.addEventListener("change", () => void take(input));
  }

  async function take(input: HTMLInputElement): Promise<void> {
    const files = [...(input.files ?? [])];
    input.value = "";
    for (const file of files) {
      if (kept.length >= limit) break;
      note.textContent = say("photo_working");
      const blob = await shrink(file);
      if (blob === null) {
        note.textContent = say("photo_failed");
        continue;
      }
      kept.push({ blob, url: URL.createObjectURL(blob) });
      note.textContent = "";
      draw();
    }
  }

  function draw(): void {
    list.replaceChildren(...kept.map(line));
    const full = kept.length >= limit;
    for (const button of opens) button.disabled = full;
    if (full) note.textContent = say("photo_full");
    else if (note.textContent === say("photo_full")) note.textContent = "";
  }

  function line(photo: { blob: Blob; url: string }, index: number): HTMLElement {
    const row = document.createElement("div");
    row.className = "photo";
    const image = document.createElement("img");
    image.src = photo.url;
    image.alt = "";
    const size = document.createElement("span");
    size.className = "hint";
    size.textContent = say("photo_size", { size: Math.max(1, Math.round(photo.blob.size / 1024)) });
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "button quiet";
    remove.textContent = say("photo_remove");
    remove.setAttribute("aria-label", say("photo_remove_which", { n: index + 1 }));
    remove.addEventListener("click", () => {
      URL.revokeObjectURL(photo.url);
      kept = kept.filter((other) => other !== photo);
      draw();
      opens[0]?.focus();
    });
    row.append(image, size, remove);
    return row;
  }

  return {
    blobs: () => kept.map(({ blob }) => blob),
    clear: () => {
      kept = [];
      draw();
    },
  };
}
