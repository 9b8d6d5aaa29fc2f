/** Where a place is on a square map of 256·2^zoom pixels (Web Mercator), and which tiles are seen. */
import type { Edges } from "./settings";

export const tileSize = 256;

export interface Point {
  lon: number;
  lat: number;
}

export interface Pixel {
  x: number;
  y: number;
}

const edge = 85.051129;

export function worldSize(zoom: number): number {
  return tileSize * 2 ** zoom;
}

export function toPixel(point: Point, zoom: number): Pixel {
  const size = worldSize(zoom);
  const sine = Math.sin((Math.max(-edge, Math.min(edge, point.lat)) * Math.PI) / 180);
  return {
    x: ((point.lon + 180) / 360) * size,
    y: (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * size,
  };
}

export function toPoint(pixel: Pixel, zoom: number): Point {
  const size = worldSize(zoom);
  const stretched = Math.PI * (1 - (2 * pixel.y) / size);
  return {
    lon: (pixel.x / size) * 360 - 180,
    lat: (Math.atan(Math.sinh(stretched)) * 180) / Math.PI,
  };
}

/** Metres on the ground under one pixel. */
export function metresPerPixel(lat: number, zoom: number): number {
  return (Math.cos((lat * Math.PI) / 180) * 40075016.686) / worldSize(zoom);
}

export interface SeenTile {
  z: number;
  x: number;
  y: number;
  /** Upper left corner and size in the window, in pixels. */
  left: number;
  top: number;
  size: number;
}

/**
 * The tiles under a window of width × height pixels around a centre. Between two zooms the finer
 * tiles are drawn smaller; beyond `maxZoom` the last real ones are drawn larger.
 */
export function tilesSeen(
  centre: Point,
  zoom: number,
  width: number,
  height: number,
  maxZoom: number,
): SeenTile[] {
  const z = Math.min(Math.ceil(zoom), maxZoom);
  const scale = 2 ** (zoom - z);
  const size = tileSize * scale;
  const middle = toPixel(centre, zoom);
  const west = middle.x - width / 2;
  const north = middle.y - height / 2;
  const last = 2 ** z - 1;
  const tiles: SeenTile[] = [];
  for (let y = Math.floor(north / size); y * size < north + height; y += 1) {
    for (let x = Math.floor(west / size); x * size < west + width; x += 1) {
      if (x < 0 || y < 0 || x > last || y > last) continue;
      tiles.push({ z, x, y, left: x * size - west, top: y * size - north, size });
    }
  }
  return tiles;
}

/** The zoom, to a quarter, at which the edges just fit into the window. */
export function fittingZoom(edges: Edges, width: number, height: number, most: number): number {
  const upper = toPixel({ lon: edges[0], lat: edges[3] }, 0);
  const lower = toPixel({ lon: edges[2], lat: edges[1] }, 0);
  const room = Math.min(width / (lower.x - upper.x), height / (lower.y - upper.y));
  return Math.max(0, Math.min(most, Math.floor(4 * Math.log2(room)) / 4));
}

export function middleOf(edges: Edges): Point {
  return { lon: (edges[0] + edges[2]) / 2, lat: (edges[1] + edges[3]) / 2 };
}

export function inside(point: Point, edges: Edges): boolean {
  return (
    point.lon >= edges[0] && point.lon <= edges[2] && point.lat >= edges[1] && point.lat <= edges[3]
  );
}

export function clamped(point: Point, edges: Edges): Point {
  return {
    lon: Math.max(edges[0], Math.min(edges[2], point.lon)),
    lat: Math.max(edges[1], Math.min(edges[3], point.lat)),
  };
}
