import { describe, expect, it } from "vitest";
import { type Emap, emapAttribution, emapSources, groundLayers, isEmapLayer, overlayLayers } from "./emap";

const vector = { type: "vector", attribution: "© OpenStreetMap" };
const emap: Emap = {
  ground: {
    sources: { "emap-road": vector, "emap-place": vector, "emap-relief": { type: "raster" } },
    layers: [
      { id: "paper", type: "background" },
      { id: "road", type: "line", source: "emap-road" },
      { id: "place", type: "symbol", source: "emap-place" },
    ],
    sprite: "/sprites/1/emap",
  },
  overlay: {
    sources: { "emap-road": vector, imagery: { type: "raster" } },
    layers: [
      { id: "paper", type: "background" },
      { id: "imagery", type: "raster", source: "imagery" },
      { id: "road", type: "line", source: "emap-road" },
    ],
    sprite: "/sprites/1/emap",
  },
};
const ids = (layers: readonly { id: string }[]): string[] => layers.map(({ id }) => id);

describe("the e-map", () => {
  it("is the ground with its names where there is no photograph", () => {
    expect(ids(groundLayers(emap, false))).toEqual(["paper", "road", "place"]);
    expect(overlayLayers(emap, false)).toEqual([]);
  });

  it("lies under and over a photograph, and is named once", () => {
    expect(ids(groundLayers(emap, true))).toEqual(["paper", "road"]);
    expect(ids(overlayLayers(emap, true))).toEqual(["road"]);
  });

  it("brings its own sources and thanks", () => {
    expect(emapSources(emap).map(([name]) => name)).toEqual(["emap-road", "emap-place", "emap-relief"]);
    expect(emapAttribution(emap)).toEqual(["© OpenStreetMap"]);
  });

  it("is made of layers that are not listed one by one", () => {
    expect(isEmapLayer({ id: "emap-road" })).toBe(true);
    expect(isEmapLayer({ id: "emapping" })).toBe(false);
  });
});
