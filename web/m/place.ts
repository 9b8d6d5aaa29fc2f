/** Saying where: by the phone, by the map, by the list, by numbers; the last one chosen counts. */
import { type Point, inside } from "./mercator";
import { type Fix, isAllowed, trust, watch } from "./position";
import type { Say, Settings } from "./settings";
import { type Slippy, slippy } from "./slippy";
import { degrees, roundMetres } from "./text";

export interface PlaceFields {
  lon: HTMLInputElement;
  lat: HTMLInputElement;
  accuracy: HTMLInputElement;
  source: HTMLInputElement;
  area: HTMLSelectElement;
}

/**
 * Wires the ways to say where; `changed` is called whenever one was used. What comes back stops the
 * watch: once a report is on its way its place stays as it is, or it would be another report.
 */
export function placeField(
  fields: PlaceFields,
  settings: Settings,
  say: Say,
  changed: () => void,
): () => void {
  const box = document.getElementById("locate");
  const frame = document.getElementById("map");
  if (!box || !frame) return () => undefined;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button second wide";
  button.textContent = say("gps_button");
  const status = document.createElement("p");
  status.className = "fix bad";
  status.setAttribute("role", "status");
  box.append(button, status);

  let stop: (() => void) | null = null;
  const map = settings.map ? pickingMap(frame, settings, say, pointed) : null;

  function tell(text: string, mood: "good" | "rough" | "bad"): void {
    status.textContent = text;
    status.className = `fix ${mood}`;
  }

  function set(point: Point, accuracy: number | null, source: "gps" | "map"): void {
    fields.lon.value = point.lon.toFixed(6);
    fields.lat.value = point.lat.toFixed(6);
    fields.accuracy.value = accuracy === null ? "" : accuracy.toFixed(1);
    fields.source.value = source;
    fields.area.value = "";
    changed();
  }

  function endWatch(): void {
    stop?.();
    stop = null;
  }

  function found(fix: Fix): void {
    set(fix, fix.accuracy, "gps");
    map?.show(fix, fix.accuracy);
    map?.mark(true);
    const mood = trust(fix.accuracy);
    const metres = roundMetres(fix.accuracy);
    tell(say(mood === "good" ? "gps_found" : "gps_rough", { metres }), mood);
  }

  function locate(): void {
    endWatch();
    tell(say("gps_waiting"), "bad");
    stop = watch({
      found,
      slow: () => {
        tell(say("gps_slow"), "bad");
      },
      failed: (denied) => {
        tell(say(denied ? "gps_denied" : "gps_failed"), "bad");
      },
    });
  }

  function pointed(point: Point): void {
    endWatch();
    set(point, null, "map");
    show(point);
  }

  fields.area.addEventListener("change", () => {
    endWatch();
    fields.lon.value = fields.lat.value = fields.accuracy.value = fields.source.value = "";
    map?.mark(false);
    const edges = settings.areas[fields.area.value];
    if (edges) map?.fit(edges);
    const name = fields.area.selectedOptions[0]?.textContent ?? "";
    tell(fields.area.value === "" ? say("place_none") : say("place_list", { name }), edges ? "good" : "bad");
    changed();
  });
  for (const field of [fields.lon, fields.lat]) {
    field.addEventListener("input", () => {
      endWatch();
      fields.source.value = "typed";
      fields.accuracy.value = "";
      const point = { lon: Number(fields.lon.value), lat: Number(fields.lat.value) };
      const whole = fields.lon.value !== "" && fields.lat.value !== "";
      if (whole && Number.isFinite(point.lon + point.lat)) show(point);
      changed();
    });
  }
  button.addEventListener("click", locate);

  const canLocate = window.isSecureContext && "geolocation" in navigator;
  button.hidden = !canLocate;
  tell(say(canLocate ? "place_none" : "gps_insecure"), "bad");
  restore();
  // Where it was allowed before nobody is asked, and the phone warms up while the rest is filled in.
  if (canLocate)
    void isAllowed().then((allowed) => {
      if (allowed && isEmpty()) locate();
    });

  return endWatch;

  function isEmpty(): boolean {
    return fields.lon.value === "" && fields.area.value === "";
  }

  function restore(): void {
    if (isEmpty()) return;
    if (fields.lon.value === "") {
      fields.area.dispatchEvent(new Event("change"));
      return;
    }
    show({ lon: Number(fields.lon.value), lat: Number(fields.lat.value) });
  }

  /** A place that was typed or has come back: under the cross, if the picture reaches so far. */
  function show(point: Point): void {
    if (settings.map && !inside(point, settings.map.bounds)) {
      map?.mark(false);
      tell(say("map_outside"), "rough");
      return;
    }
    map?.show(point);
    map?.mark(true);
    tell(say("map_set", { lon: degrees(point.lon), lat: degrees(point.lat) }), "good");
  }
}

/** The map with its title and its button. */
function pickingMap(
  frame: HTMLElement,
  settings: Settings,
  say: Say,
  chosen: (point: Point) => void,
): Slippy | null {
  if (!settings.map) return null;
  const title = document.createElement("p");
  title.className = "label";
  title.textContent = say("map_title");
  frame.append(title);
  const holder = document.createElement("div");
  frame.append(holder);
  const map = slippy(settings.map, settings.edges ?? settings.map.bounds, say, chosen);
  holder.append(map.element);
  const here = document.createElement("button");
  here.type = "button";
  here.className = "button second wide";
  here.textContent = say("map_here");
  here.addEventListener("click", () => {
    chosen(map.centre());
  });
  frame.append(here);
  map.fit(settings.edges ?? settings.map.bounds);
  return map;
}
