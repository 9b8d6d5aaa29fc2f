import { describe, expect, it } from "vitest";
import { type BaseMap, type GroundChoice, chooseGround, chosenBaseMap, groundChoice } from "./base_maps";
import { decodeView, encodeView, usualView } from "./view";

const outside: BaseMap = {
  id: "tianditu-map",
  title_zh: "天地图",
  title_en: "",
  look: "map",
  attribution: "天地图",
  tiles: "/base-maps/tianditu-map/ground/{z}/{x}/{y}",
  labels: null,
  tile_size: 256,
  min_zoom: 0,
  max_zoom: 18,
  bounds: null,
};
const emap: GroundChoice = { kind: "emap" };
const none: GroundChoice = { kind: "none" };
const tianditu: GroundChoice = { kind: "outside", id: "tianditu-map" };

describe("what lies under everything", () => {
  it("is our own e-map where there is one, until somebody chooses", () => {
    expect(groundChoice([outside], true, usualView)).toEqual(emap);
    expect(groundChoice([outside], false, usualView)).toEqual(none);
  });

  it("is what was chosen, also after a link was shared", () => {
    for (const choice of [emap, none, tianditu]) {
      const view = { ...usualView, ...chooseGround(choice, ["reports"]) };
      expect(view.hidden).toContain("reports");
      const shared = decodeView(encodeView(view));
      expect(groundChoice([outside], true, shared)).toEqual(choice);
    }
  });

  it("goes back to the usual where a link names a base map that is gone", () => {
    const view = { ...usualView, base: "tianditu-map" };
    expect(groundChoice([], true, view)).toEqual(emap);
    expect(chosenBaseMap([], view)).toBeNull();
    expect(chosenBaseMap([outside], view)).toBe(outside);
  });

  it("is told in a short address", () => {
    expect(encodeView({ ...usualView, ...chooseGround(tianditu, []) })).toBe("base=tianditu-map");
    expect(decodeView("base=%3Cscript%3E").base).toBeNull();
  });
});
