/** The villages' outlines over the picture: fetched last, drawn once, moved with the map. */
import { type Pixel, toPixel } from "./mercator";

interface Village {
  name: string;
  /** Each ring as longitude, latitude, longitude, latitude … */
  rings: number[][];
}

/** Paths are drawn in the pixels of this zoom: about a metre each. */
const drawnAt = 17;

/** A closed path of a ring, in whole pixels. */
export function pathOf(ring: number[]): string {
  const points: string[] = [];
  for (let index = 0; index + 1 < ring.length; index += 2) {
    const { x, y } = toPixel({ lon: ring[index] ?? 0, lat: ring[index + 1] ?? 0 }, drawnAt);
    points.push(`${Math.round(x)} ${Math.round(y)}`);
  }
  return points.length < 3 ? "" : `M${points.join("L")}Z`;
}

export interface Overlay {
  element: Element;
  /** The window: its middle in pixels of `zoom`, its size in pixels. */
  move(middle: Pixel, zoom: number, width: number, height: number): void;
}

/** Nothing until the outlines have come; nothing at all if they do not. */
export function overlay(ready: () => void): Overlay {
  const namespace = "http://www.w3.org/2000/svg";
  const element = document.createElementNS(namespace, "svg");
  element.setAttribute("class", "outlines");
  element.setAttribute("aria-hidden", "true");
  const shapes = document.createElementNS(namespace, "svg");
  const names: { at: Pixel; label: SVGTextElement }[] = [];

  async function load(): Promise<void> {
    const answer = await fetch("/m/outlines.json");
    if (!answer.ok) return;
    for (const { name, rings } of (await answer.json()) as Village[]) {
      const path = rings.map(pathOf).join("");
      for (const side of ["dark", "light"]) {
        const shape = document.createElementNS(namespace, "path");
        shape.setAttribute("class", side);
        shape.setAttribute("d", path);
        shapes.append(shape);
      }
      const label = document.createElementNS(namespace, "text");
      label.textContent = name;
      names.push({ at: middleOfRing(rings[0] ?? []), label });
    }
    element.append(shapes, ...names.map(({ label }) => label));
    ready();
  }
  // A picture without lines is better than none.
  load().catch(() => undefined);

  return {
    element,
    move(middle, zoom, width, height) {
      const scale = 2 ** (drawnAt - zoom);
      const [west, north] = [middle.x * scale - (width * scale) / 2, middle.y * scale - (height * scale) / 2];
      shapes.setAttribute("viewBox", `${west} ${north} ${width * scale} ${height * scale}`);
      const boxes: Box[] = [];
      for (const { at, label } of names) {
        const [x, y] = [(at.x - west) / scale, (at.y - north) / scale];
        label.setAttribute("x", String(x));
        label.setAttribute("y", String(y));
        const box = { x, y, width: widthOf(label.textContent) };
        const covered = boxes.some((other) => overlap(box, other));
        label.style.display = covered ? "none" : "";
        if (!covered) boxes.push(box);
      }
    },
  };
}

/** A line of text around its middle, in pixels. */
export interface Box {
  x: number;
  y: number;
  width: number;
}

const lineHeight = 20;

/** About as wide as the letters are: a Chinese one is as wide as high, a Latin one half of it. */
export function widthOf(text: string): number {
  return [...text].reduce((sum, letter) => sum + (letter > "\u2e80" ? 16 : 9), 0);
}

export function overlap(a: Box, b: Box): boolean {
  return Math.abs(a.x - b.x) < (a.width + b.width) / 2 && Math.abs(a.y - b.y) < lineHeight;
}

function middleOfRing(ring: number[]): Pixel {
  const lons = ring.filter((_, index) => index % 2 === 0);
  const lats = ring.filter((_, index) => index % 2 === 1);
  const middle = (values: number[]): number => (Math.min(...values) + Math.max(...values)) / 2;
  return toPixel({ lon: middle(lons), lat: middle(lats) }, drawnAt);
}
