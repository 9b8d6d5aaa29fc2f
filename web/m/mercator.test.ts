import { expect, test } from "vitest";
import { clamped, fittingZoom, inside, metresPerPixel, tilesSeen, toPixel, toPoint } from "./mercator";

test("a point comes back from its pixel", () => {
  for (const point of [
    { lon: 108.4213, lat: 31.1806 },
    { lon: -179.9, lat: -84 },
    { lon: 0, lat: 0 },
  ]) {
    const back = toPoint(toPixel(point, 17), 17);
    expect(back.lon).toBeCloseTo(point.lon, 9);
    expect(back.lat).toBeCloseTo(point.lat, 9);
  }
});

test("a known place lies in its known tile", () => {
  // The same sum as in the OpenStreetMap wiki's slippy map page: Berlin's television tower, zoom 15.
  const { x, y } = toPixel({ lon: 13.409419, lat: 52.520815 }, 15);
  expect([Math.floor(x / 256), Math.floor(y / 256)]).toEqual([17604, 10746]);
});

test("a pixel at the equator is 156 km wide on the smallest map and less to the north", () => {
  expect(metresPerPixel(0, 0)).toBeCloseTo(156543.03, 1);
  expect(metresPerPixel(60, 0)).toBeCloseTo(156543.03 / 2, 1);
});

test("the window is covered without gaps", () => {
  const tiles = tilesSeen({ lon: 108.42, lat: 31.18 }, 14, 390, 320, 16);
  expect(Math.min(...tiles.map(({ left }) => left))).toBeLessThanOrEqual(0);
  expect(Math.min(...tiles.map(({ top }) => top))).toBeLessThanOrEqual(0);
  expect(Math.max(...tiles.map(({ left, size }) => left + size))).toBeGreaterThanOrEqual(390);
  expect(Math.max(...tiles.map(({ top, size }) => top + size))).toBeGreaterThanOrEqual(320);
  expect(new Set(tiles.map(({ x, y }) => `${x}/${y}`)).size).toBe(tiles.length);
});

test("beyond the picture's own zoom its last tiles grow", () => {
  const tiles = tilesSeen({ lon: 108.42, lat: 31.18 }, 18, 390, 320, 16);
  expect(tiles.every(({ z, size }) => z === 16 && size === 1024)).toBe(true);
  expect(tiles.length).toBeLessThanOrEqual(4);
});

test("between two zooms the finer tiles are drawn smaller", () => {
  const tiles = tilesSeen({ lon: 108.42, lat: 31.18 }, 13.5, 390, 320, 16);
  expect(tiles.every(({ z }) => z === 14)).toBe(true);
  expect(tiles[0]?.size).toBeCloseTo(256 / Math.SQRT2, 6);
});

test("the corner of the world asks for no tile beyond it", () => {
  const tiles = tilesSeen({ lon: -180, lat: 85 }, 2, 400, 400, 10);
  expect(tiles.every(({ x, y }) => x >= 0 && y >= 0 && x < 4 && y < 4)).toBe(true);
});

test("edges just fit into the window at the zoom found", () => {
  const edges: [number, number, number, number] = [108.4, 31.1, 108.5, 31.2];
  const zoom = fittingZoom(edges, 390, 320, 20);
  const width = (at: number): number =>
    toPixel({ lon: 108.5, lat: 31.1 }, at).x - toPixel({ lon: 108.4, lat: 31.1 }, at).x;
  const height = (at: number): number =>
    toPixel({ lon: 108.4, lat: 31.1 }, at).y - toPixel({ lon: 108.4, lat: 31.2 }, at).y;
  expect(width(zoom)).toBeLessThanOrEqual(390);
  expect(height(zoom)).toBeLessThanOrEqual(320);
  expect(height(zoom + 0.25)).toBeGreaterThan(320);
  expect(fittingZoom(edges, 390, 320, 9)).toBe(9);
});

test("the cross stays over the picture", () => {
  const edges: [number, number, number, number] = [108, 31, 109, 32];
  expect(clamped({ lon: 110, lat: 30 }, edges)).toEqual({ lon: 109, lat: 31 });
  expect(inside({ lon: 108.5, lat: 31.5 }, edges)).toBe(true);
  expect(inside({ lon: 108.5, lat: 32.5 }, edges)).toBe(false);
});
