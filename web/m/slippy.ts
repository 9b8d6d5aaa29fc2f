/**
 * A small map without WebGL: tiles in <img>, a cross fixed in the middle, the map moves under it.
 * Dragging, pinching, buttons and keys do the same, so that none of them is needed.
 */
import {
  type Pixel,
  type Point,
  clamped,
  fittingZoom,
  metresPerPixel,
  middleOf,
  tilesSeen,
  toPixel,
  toPoint,
} from "./mercator";
import { overlay } from "./outlines";
import type { BaseMap, Edges, Say } from "./settings";
import { degrees } from "./text";

/** Zooms beyond the picture's own: pixels grow, aiming gets easier. */
const overzoom = 3;
const svg = `<svg class="cross" viewBox="0 0 44 44" aria-hidden="true"><path d="M22 4v14m0 8v14M4 22h14m8 0h14"/><path d="M22 4v14m0 8v14M4 22h14m8 0h14"/></svg>`;

export interface Slippy {
  element: HTMLElement;
  centre(): Point;
  /** Moves the cross there, with a circle of so many metres around it if there is a doubt. */
  show(point: Point, accuracy?: number | null): void;
  fit(edges: Edges): void;
  /** Whether the cross stands where the report's place is. */
  mark(set: boolean): void;
}

export function slippy(base: BaseMap, start: Edges, say: Say, chosen: (point: Point) => void): Slippy {
  const element = document.createElement("div");
  element.className = "map";
  element.tabIndex = 0;
  element.setAttribute("role", "application");
  element.setAttribute("aria-label", `${say("map_title")}. ${say("map_help")}`);
  const layer = document.createElement("div");
  const circle = document.createElement("div");
  circle.className = "circle";
  circle.hidden = true;
  const lines = overlay(redraw);
  element.append(layer, lines.element, circle);
  element.insertAdjacentHTML("beforeend", svg);
  const cross = element.lastElementChild as SVGElement;

  const lowest = Math.max(0, base.min_zoom);
  const highest = base.max_zoom + overzoom;
  const images = new Map<string, HTMLImageElement>();
  let zoom = base.max_zoom;
  let centre: Point = middleOf(start);
  let doubt: { at: Point; metres: number } | null = null;
  let drawing = 0;

  function draw(): void {
    drawing = 0;
    const { clientWidth: width, clientHeight: height } = element;
    const seen = new Set<string>();
    for (const tile of tilesSeen(centre, zoom, width, height, base.max_zoom)) {
      const key = `${tile.z}/${tile.x}/${tile.y}`;
      seen.add(key);
      let image = images.get(key);
      if (!image) {
        image = document.createElement("img");
        image.alt = "";
        image.draggable = false;
        image.decoding = "async";
        // Outside the picture there is nothing: no broken image.
        image.onerror = () => {
          if (image) image.style.visibility = "hidden";
        };
        image.src = base.tiles
          .replace("{z}", String(tile.z))
          .replace("{x}", String(tile.x))
          .replace("{y}", String(tile.y));
        images.set(key, image);
        layer.append(image);
      }
      image.width = image.height = Math.ceil(tile.size);
      image.style.transform = `translate(${Math.round(tile.left)}px,${Math.round(tile.top)}px)`;
    }
    for (const [key, image] of images) {
      if (seen.has(key)) continue;
      image.remove();
      images.delete(key);
    }
    lines.move(toPixel(centre, zoom), zoom, width, height);
    drawDoubt(width, height);
  }

  function drawDoubt(width: number, height: number): void {
    circle.hidden = doubt === null;
    if (doubt === null) return;
    const middle = toPixel(centre, zoom);
    const at = toPixel(doubt.at, zoom);
    const across = (2 * doubt.metres) / metresPerPixel(doubt.at.lat, zoom);
    circle.style.width = circle.style.height = `${Math.max(8, across)}px`;
    circle.style.left = `${at.x - middle.x + width / 2}px`;
    circle.style.top = `${at.y - middle.y + height / 2}px`;
  }

  function redraw(): void {
    if (drawing === 0) drawing = requestAnimationFrame(draw);
  }

  function moveBy(x: number, y: number): void {
    const middle = toPixel(centre, zoom);
    centre = clamped(toPoint({ x: middle.x - x, y: middle.y - y }, zoom), base.bounds);
    redraw();
  }

  /** Zooms in or out around the cross. */
  function zoomTo(next: number): void {
    zoom = Math.max(lowest, Math.min(highest, next));
    redraw();
  }

  function choose(): void {
    chosen(centre);
  }

  watchPointers(element, moveBy, (steps) => {
    zoomTo(Math.round(zoom + steps));
  }, choose);
  element.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomTo(Math.round(zoom + (event.deltaY < 0 ? 1 : -1)));
  });
  element.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 8 : 40;
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [step, 0],
      ArrowRight: [-step, 0],
      ArrowUp: [0, step],
      ArrowDown: [0, -step],
    };
    const move = moves[event.key];
    if (move) moveBy(...move);
    else if (event.key === "+" || event.key === "=") zoomTo(Math.round(zoom + 1));
    else if (event.key === "-") zoomTo(Math.round(zoom - 1));
    else if (event.key === "Enter" || event.key === " ") choose();
    else return;
    event.preventDefault();
    element.setAttribute(
      "aria-description",
      say("map_at", { lon: degrees(centre.lon), lat: degrees(centre.lat) }),
    );
  });
  element.append(zoomButtons(say, (steps) => {
    zoomTo(Math.round(zoom + steps));
  }));
  if (base.attribution) {
    const credit = document.createElement("div");
    credit.className = "credit";
    credit.textContent = base.attribution;
    element.append(credit);
  }
  new ResizeObserver(redraw).observe(element);

  const map: Slippy = {
    element,
    centre: () => centre,
    show(point, accuracy = null) {
      centre = clamped(point, base.bounds);
      doubt = accuracy === null ? null : { at: point, metres: accuracy };
      if (accuracy !== null) zoomTo(Math.max(zoom, base.max_zoom));
      redraw();
    },
    fit(edges) {
      centre = clamped(middleOf(edges), base.bounds);
zoomTo(fittingZoom(edges, element.clientWidth || 320, element.clientHeight || 320, highest));
    },
    mark(set) {
      cross.classList.toggle("set", set);
      if (!set) doubt = null;
      redraw();
    },
  };
  map.fit(start);
  return map;
}

function zoomButtons(say: Say, zoomBy: (steps: number) => void): HTMLElement {
  const box = document.createElement("div");
  box.className = "zooms";
  for (const [sign, steps, name] of [
    ["+", 1, "map_in"],
    ["−", -1, "map_out"],
  ] as const) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = sign;
    button.setAttribute("aria-label", say(name));
    button.addEventListener("click", () => {
      zoomBy(steps);
    });
    box.append(button);
  }
  return box;
}

/** One finger drags; two pinch, a doubling or halving of their distance being one step of zoom. */
function watchPointers(
  element: HTMLElement,
  moveBy: (x: number, y: number) => void,
  zoomBy: (steps: number) => void,
  ended: () => void,
): void {
  const fingers = new Map<number, Pixel>();
  let spread = 0;
  let moved = 0;

  const distance = (): number => {
    const [first, second] = [...fingers.values()];
    return first && second ? Math.hypot(first.x - second.x, first.y - second.y) : 0;
  };
  element.addEventListener("pointerdown", (event) => {
    if ((event.target as Element).closest("button")) return;
    element.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    spread = distance();
    if (fingers.size === 1) moved = 0;
  });
  element.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const [x, y] = [event.clientX - before.x, event.clientY - before.y];
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    moved += Math.abs(x) + Math.abs(y);
    moveBy(x / fingers.size, y / fingers.size);
    const now = distance();
    if (spread > 0 && (now > spread * 1.6 || now < spread / 1.6)) {
      zoomBy(now > spread ? 1 : -1);
      spread = now;
    }
  });
  const lift = (event: PointerEvent): void => {
    if (!fingers.delete(event.pointerId)) return;
    spread = distance();
    // A tap moves nothing and chooses nothing: the cross is what aims.
    if (fingers.size === 0 && moved > 6) ended();
  };
  element.addEventListener("pointerup", lift);
  element.addEventListener("pointercancel", lift);
}
