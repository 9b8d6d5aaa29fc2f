/**
 * What the screen shows, as an address and back: every screen can be shared, the back button works.
 *
 * `/app/?screen=table&state=new,accepted&layers=ndvi@2018-10-23:80,true-colour&at=13.2/43.61/0.39`
 *
 * The jobs have addresses of their own, as one writes them in a message: `/app/jobs`, `/app/jobs/new`,
 * `/app/jobs/<id>`.
 */
import { type AreaLevel, isAreaLevel } from "./areas";
import { type PatchSorting, type PatchState, isPatchSorting, isPatchState } from "./patches";
import { type ReportState, isReportState, openStates, reportStates } from "./report";
import { type Sorting, isStatisticColumn, usualSorting } from "./statistics";

export const screens = ["reports", "map", "patches", "table", "jobs"] as const;
export type Screen = (typeof screens)[number];

/** A layer that is switched on. Without a date, its newest one. */
export interface LayerChoice {
  id: string;
  date: string | null;
  /** Per cent, 0 to 100. */
  opacity: number;
}

export interface Camera {
  zoom: number;
  latitude: number;
  longitude: number;
}

export interface View {
  screen: Screen;
  states: readonly ReportState[];
  service: string | null;
  area: string | null;
  /** The open report. */
  report: string | null;
  /** `null`: nobody has chosen yet, the app may choose. In the order they lie, the lowest first. */
  layers: readonly LayerChoice[] | null;
  /** What is drawn beside the raster layers. */
  hidden: readonly Hideable[];
  /** The outside base map in the place of our own e-map. */
  base: string | null;
  camera: Camera | null;
  table: { layer: string | null; date: string | null; level: AreaLevel | null; sorting: Sorting };
  /** The village picked in the table or on the map. */
  village: string | null;
  /** The ledger of changed land: which layer, which state (`null`: all), in which order, which patch is open. */
  patches: { layer: string | null; state: PatchState | null; sorting: PatchSorting; open: string | null };
  /** The open job, or `new` for the form of a new one. */
  job: string | null;
}

/** What stands for a job's id while there is none yet. */
export const newJob = "new";

export const hideables = ["emap", "areas", "reports"] as const;
export type Hideable = (typeof hideables)[number];

export const usualView: View = {
  screen: "reports",
  states: openStates,
  service: null,
  area: null,
  report: null,
  layers: null,
  hidden: [],
  base: null,
  camera: null,
  table: { layer: null, date: null, level: null, sorting: usualSorting },
  village: null,
  patches: { layer: null, state: null, sorting: "area", open: null },
  job: null,
};

/** The path below `/app/`. */
export function encodePath({ screen, job }: View): string {
  if (screen !== "jobs") return "";
  return job === null ? "jobs" : `jobs/${encodeURIComponent(job)}`;
}

/** The query of an address, without the question mark; nothing for what is as usual. */
export function encodeView(view: View): string {
  const pairs: [string, string][] = [];
  const put = (key: string, value: string | null): void => {
    if (value !== null) pairs.push([key, value]);
  };
  if (view.screen !== usualView.screen && view.screen !== "jobs") put("screen", view.screen);
  if (!sameStates(view.states, openStates)) {
    put("state", sameStates(view.states, reportStates) ? "all" : view.states.join(","));
  }
  put("service", view.service);
  put("area", view.area);
  put("report", view.report);
  if (view.layers) put("layers", view.layers.length === 0 ? "none" : view.layers.map(encodeLayer).join(","));
  if (view.hidden.length > 0) put("hide", view.hidden.join(","));
  put("base", view.base);
  put("layer", view.table.layer);
  put("date", view.table.date);
  put("level", view.table.level);
  const { column, descending } = view.table.sorting;
  if (column !== usualSorting.column || descending !== usualSorting.descending) {
    put("sort", `${descending ? "-" : ""}${column}`);
  }
  put("village", view.village);
  put("ledger", view.patches.layer);
  put("check", view.patches.state);
  if (view.patches.sorting !== usualView.patches.sorting) put("order", view.patches.sorting);
  put("patch", view.patches.open);
  if (view.camera) put("at", encodeCamera(view.camera));
  return pairs.map(([key, value]) => `${key}=${escape(value)}`).join("&");
}

/** Reads an address: query, and path below `/app/`. What is wrong in it counts as absent: an old or mangled link still opens the app. */
export function decodeView(query: string, path = ""): View {
  const parameters = new URLSearchParams(query);
  const get = (key: string): string | null => {
    const value = parameters.get(key);
    return value === null || value === "" ? null : value;
  };
  const [first = "", second = ""] = path.split("/");
  const screen = first === "jobs" ? first : get("screen");
  const level = get("level");
  const [check, order] = [get("check"), get("order")];
  return {
    screen: screens.find((known) => known === screen) ?? usualView.screen,
    states: decodeStates(get("state")),
    service: get("service"),
    area: get("area"),
    report: get("report"),
    layers: decodeLayers(get("layers")),
    hidden: hideables.filter((name) => get("hide")?.split(",").includes(name)),
    base: decodeBase(get("base")),
    camera: decodeCamera(get("at")),
    table: {
      layer: get("layer"),
      date: day(get("date")),
      level: level !== null && isAreaLevel(level) ? level : null,
      sorting: decodeSorting(get("sort")),
    },
    village: get("village"),
    patches: {
      layer: get("ledger"),
      state: check !== null && isPatchState(check) ? check : null,
      sorting: order !== null && isPatchSorting(order) ? order : usualView.patches.sorting,
      open: get("patch"),
    },
    job: first === "jobs" && /^[0-9a-z-]+$/.test(second) ? second : null,
  };
}

/** Whether two views differ in more than where the map looks: then the back button should know both. */
export function isAnotherPlace(before: View, after: View): boolean {
  return (
    before.screen !== after.screen ||
    before.report !== after.report ||
    before.service !== after.service ||
    before.area !== after.area ||
    before.job !== after.job ||
    before.patches.layer !== after.patches.layer ||
    before.patches.state !== after.patches.state ||
    before.patches.open !== after.patches.open ||
    !sameStates(before.states, after.states)
  );
}

export function sameStates(one: readonly ReportState[], other: readonly ReportState[]): boolean {
  return one.length === other.length && one.every((state) => other.includes(state));
}

function encodeLayer({ id, date, opacity }: LayerChoice): string {
  return `${id}${date === null ? "" : `@${date}`}${opacity === 100 ? "" : `:${String(Math.round(opacity))}`}`;
}

function decodeLayers(text: string | null): LayerChoice[] | null {
  if (text === null) return null;
  if (text === "none") return [];
  const choices: LayerChoice[] = [];
  for (const part of text.split(",")) {
    const match = /^([a-z0-9][a-z0-9_-]*)(?:@(\d{4}-\d{2}-\d{2}))?(?::(\d{1,3}))?$/.exec(part);
    const id = match?.[1];
    if (id === undefined || choices.some((choice) => choice.id === id)) continue;
    choices.push({ id, date: match?.[2] ?? null, opacity: Math.min(100, Number(match?.[3] ?? 100)) });
  }
  return choices;
}

function decodeBase(text: string | null): string | null {
  return text !== null && /^[a-z0-9][a-z0-9-]*$/.test(text) ? text : null;
}

function encodeCamera({ zoom, latitude, longitude }: Camera): string {
  return [zoom.toFixed(2), latitude.toFixed(5), longitude.toFixed(5)]
    .map((part) => String(Number(part)))
    .join("/");
}

function decodeCamera(text: string | null): Camera | null {
  const [zoom, latitude, longitude, ...rest] = (text ?? "").split("/").map(Number);
  if (zoom === undefined || latitude === undefined || longitude === undefined || rest.length > 0) return null;
  const valid = zoom >= 0 && zoom <= 24 && Math.abs(latitude) <= 85.06 && Math.abs(longitude) <= 180;
  return valid ? { zoom, latitude, longitude } : null;
}

function decodeStates(text: string | null): readonly ReportState[] {
  if (text === "all") return reportStates;
  const named = (text ?? "").split(",").filter(isReportState);
  return named.length === 0 ? openStates : reportStates.filter((state) => named.includes(state));
}

function decodeSorting(text: string | null): Sorting {
  const column = text?.replace(/^-/, "") ?? "";
  return isStatisticColumn(column) ? { column, descending: text?.startsWith("-") ?? false } : usualSorting;
}

function day(text: string | null): string | null {
  return text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : null;
}

/** Percent-encodes, but leaves readable what a query may hold as it is. */
function escape(value: string): string {
  return encodeURIComponent(value).replace(/%(?:40|3A|2C|2F)/g, decodeURIComponent);
}
