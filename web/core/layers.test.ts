import { describe, expect, it } from "vitest";
import { around, centre } from "./bounds";
import {
  type Layer,
  chosenDate,
  featureColour,
  neighbouringDate,
  shownLayers,
  switchLayer,
  tileAddress,
  usualLayers,
} from "./layers";

const layer = (id: string, kind: Layer["kind"], ...dates: string[]): Layer => ({
  id,
  kind,
  title_zh: id,
  title_en: "",
  audience: "public",
  attribution: "",
  legend: { kind: "none", unit: "", min: 0, max: 0, stops: [], entries: [] },
  dates: dates.map((date) => ({ date, version: `v-${date}`, cloud_share: null })),
  bounds: null,
  min_zoom: 8,
  max_zoom: 15,
  vector_layers: [],
  ledger: false,
});

const imagery = layer("true-colour", "visual", "2017-05-01", "2018-10-23", "2018-01-02");
const ndvi = layer("ndvi", "index", "2018-10-23");
const empty = layer("empty", "visual");

describe("dates", () => {
  it("are the newest where none is named, or one that does not exist", () => {
    expect(chosenDate(imagery, null)?.date).toBe("2018-10-23");
    expect(chosenDate(imagery, "1999-01-01")?.date).toBe("2018-10-23");
    expect(chosenDate(imagery, "2017-05-01")?.date).toBe("2017-05-01");
    expect(chosenDate(empty, null)).toBeNull();
  });

  it("have neighbours in time, in whatever order the server names them", () => {
    expect(neighbouringDate(imagery, null, -1)).toBe("2018-01-02");
    expect(neighbouringDate(imagery, null, 1)).toBeNull();
    expect(neighbouringDate(imagery, "2017-05-01", 1)).toBe("2018-01-02");
    expect(neighbouringDate(empty, null, 1)).toBeNull();
  });
});

describe("layers that are on", () => {
  it("start with the first imagery that has a date", () => {
    expect(usualLayers([empty, ndvi, imagery])).toEqual([{ id: "true-colour", date: null, opacity: 100 }]);
    expect(usualLayers([ndvi])).toEqual([]);
  });

  it("lie imagery lowest, and leave out what is unknown or empty", () => {
    const choices = ["ndvi", "gone", "empty", "true-colour"].map((id) => ({ id, date: null, opacity: 50 }));
    expect(shownLayers([imagery, ndvi, empty], choices).map((shown) => shown.layer.id)).toEqual([
      "true-colour",
      "ndvi",
    ]);
  });

  it("switch on at the top and off without touching the others", () => {
    const on = switchLayer([{ id: "ndvi", date: null, opacity: 40 }], imagery, true);
    expect(on.map(({ id }) => id)).toEqual(["ndvi", "true-colour"]);
    expect(switchLayer(on, imagery, false)).toEqual([{ id: "ndvi", date: null, opacity: 40 }]);
  });

  it("show features without a date, at an address without one", () => {
    const roads = layer("roads", "features");
    const [shown] = shownLayers([roads], [{ id: "roads", date: null, opacity: 100 }]);
    expect(shown?.date).toBeNull();
    expect(tileAddress("", { layer: roads, date: null })).toBe("/tiles/roads/{z}/{x}/{y}.mvt");
  });

  it("draw every layer of features in a colour of its own", () => {
    const all = [imagery, ...["a", "b", "c", "d", "e", "f"].map((id) => layer(id, "features")), ndvi];
    const colours = ["a", "b", "c", "d", "e", "f"].map((id) => featureColour(all, id));
    expect(new Set(colours).size).toBe(6);
    expect(featureColour([...all, layer("g", "features")], "g")).toBe(colours[0]);
  });

  it("have addresses that name date and version", () => {
    const shown = { layer: ndvi, date: { date: "2018-10-23", version: "a+b", cloud_share: 0 } };
    expect(tileAddress("http://127.0.0.1:8080", shown)).toBe(
      "http://127.0.0.1:8080/tiles/ndvi/{z}/{x}/{y}.webp?date=2018-10-23&v=a%2Bb",
    );
  });
});

describe("bounds", () => {
  it("go around all", () => {
    expect(
      around([
        [0, 1, 2, 3],
        [-1, 2, 1, 5],
      ]),
    ).toEqual([-1, 1, 2, 5]);
    expect(around([])).toBeNull();
    expect(centre([0, 10, 4, 20])).toEqual([2, 15]);
  });
});
