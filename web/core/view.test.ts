import { describe, expect, it } from "vitest";
import { reportStates } from "./report";
import { type View, decodeView, encodePath, encodeView, isAnotherPlace, newJob, usualView } from "./view";

const full: View = {
  screen: "table",
  states: ["new", "done"],
  service: "road",
  area: "500154101201",
  report: "0198c0de-0000-7000-8000-000000000001",
  layers: [
    { id: "true-colour", date: null, opacity: 100 },
    { id: "ndvi", date: "2018-10-23", opacity: 65 },
  ],
  hidden: ["reports"],
  base: "tianditu-map",
  camera: { zoom: 13.25, latitude: 43.61234, longitude: -0.5 },
  table: {
    layer: "ndvi",
    date: "2018-10-23",
    level: "township",
    sorting: { column: "mean", descending: true },
  },
  village: "32150",
  patches: { layer: "farmland-change", state: "unchecked", sorting: "strength", open: "p-17" },
  job: null,
};

describe("a view as an address", () => {
  it("is short when all is as usual", () => {
    expect(encodeView(usualView)).toBe("");
    expect(decodeView("")).toEqual(usualView);
  });

  it("comes back as it went", () => {
    expect(decodeView(encodeView(full))).toEqual(full);
    expect(decodeView(`?${encodeView(full)}`)).toEqual(full);
  });

  it("stays readable", () => {
    expect(encodeView(full)).toBe(
      "screen=table&state=new,done&service=road&area=500154101201&report=0198c0de-0000-7000-8000-000000000001" +
        "&layers=true-colour,ndvi@2018-10-23:65&hide=reports&base=tianditu-map&layer=ndvi&date=2018-10-23&level=township&sort=-mean&village=32150" +
        "&ledger=farmland-change&check=unchecked&order=strength&patch=p-17" +
        "&at=13.25/43.61234/-0.5",
    );
  });

  it("gives the jobs addresses of their own", () => {
    const jobs: View = { ...usualView, screen: "jobs" };
    for (const [job, path] of [
      [null, "jobs"],
      [newJob, "jobs/new"],
      ["0198c0de-0000-7000-8000-000000000001", "jobs/0198c0de-0000-7000-8000-000000000001"],
    ] as const) {
      expect(encodePath({ ...jobs, job })).toBe(path);
      expect(encodeView({ ...jobs, job })).toBe("");
      expect(decodeView("", path)).toEqual({ ...jobs, job });
    }
    expect(encodePath(usualView)).toBe("");
    expect(decodeView("screen=map", "elsewhere/new")).toEqual({ ...usualView, screen: "map" });
    expect(decodeView("", "jobs/<b>").job).toBeNull();
    expect(isAnotherPlace(jobs, { ...jobs, job: newJob })).toBe(true);
  });

  it("tells no layers from layers not chosen yet", () => {
    expect(decodeView(encodeView({ ...usualView, layers: [] })).layers).toEqual([]);
    expect(decodeView("screen=map").layers).toBeNull();
  });

  it("names all states in one word", () => {
    expect(encodeView({ ...usualView, states: reportStates })).toBe("state=all");
    expect(decodeView("state=all").states).toEqual(reportStates);
  });

  it("keeps what a code may hold besides letters", () => {
    const odd = { ...usualView, area: "a&b=c#d e%中" };
    expect(decodeView(encodeView(odd)).area).toBe("a&b=c#d e%中");
  });
});

describe("a mangled address", () => {
  it.each([
    ["screen=secret", usualView],
    ["state=old,,", usualView],
    ["at=13/95/7", usualView],
    ["at=a/b/c", usualView],
    ["at=1/2", usualView],
    ["sort=-colour", usualView],
    ["level=street", usualView],
    ["date=yesterday&report=", usualView],
  ])("%s counts as absent", (query, view) => {
    expect(decodeView(query)).toEqual(view);
  });

  it("keeps the layers that can be read, once each", () => {
    expect(decodeView("layers=ndvi:900,<script>,ndvi,b@2020-01-02").layers).toEqual([
      { id: "ndvi", date: null, opacity: 100 },
      { id: "b", date: "2020-01-02", opacity: 100 },
    ]);
  });
});

describe("the back button", () => {
  it("knows screens, reports and filters, not every move of the map", () => {
    expect(isAnotherPlace(usualView, { ...usualView, camera: full.camera })).toBe(false);
    expect(isAnotherPlace(usualView, { ...usualView, layers: [] })).toBe(false);
    expect(isAnotherPlace(usualView, { ...usualView, report: "x" })).toBe(true);
    expect(isAnotherPlace(usualView, { ...usualView, states: ["new"] })).toBe(true);
  });
});
