/**
 * The one door to the map library. It is given a picture as plain data, compares it with the last one
 * and changes only what differs; nobody else touches the map object.
 */
import {
  type GeoJSONSource,
  Map as LibraryMap,
  type MapMouseEvent,
  type PointLike,
  type RasterTileSource,
  ScaleControl,
  type VectorTileSource,
  setWorkerUrl,
} from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerAddress from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import type { Bounds } from "../core/bounds";
import { type Emap, emapSources, groundLayers, overlayLayers } from "../core/emap";
import type { Camera } from "../core/view";
import { baseLayer, baseSource } from "./base";
import type { BaseMapPicture, LayerPicture, MapEvents, MapPicture, Palette, Pin } from "./picture";
import { drawPin } from "./pins";
import {
  areaLayer,
  clusterLayer,
  endOfGround,
  endOfOverlay,
  endOfRasters,
  featureParts,
  lowestFixed,
  paintOf,
  pinImages,
  pinLayers,
  startingStyle,
} from "./style";

// Without this the map stays grey, and no type check or build notices.
setWorkerUrl(workerAddress);

const motion = { duration: 150 };
/** How far from a pin a press still counts, in pixels: a finger is broader than a mouse. */
const reach = { mouse: 4, touch: 14 };

export interface MapOptions {
  container: HTMLElement;
  picture: MapPicture;
  events: MapEvents;
  start: Camera | Bounds;
  /** What a screen reader says of the map. */
  label: string;
}

export class VillageMap {
  readonly #map: LibraryMap;
  readonly #events: MapEvents;
  #shown: MapPicture | null = null;
  #wanted: MapPicture;
  #byKeyboard = false;
  /** What the map was last told to show, until somebody moves it: it is kept in view when the window changes. */
  #kept: { bounds: Bounds; right: number } | null = null;

  constructor({ container, picture, events, start, label }: MapOptions) {
    this.#wanted = picture;
    this.#events = events;
    const place =
      "zoom" in start
        ? { zoom: start.zoom, center: [start.longitude, start.latitude] as [number, number] }
        : { bounds: [...start] as [number, number, number, number], fitBoundsOptions: { padding: 40 } };
    this.#map = new LibraryMap({
      container,
      style: startingStyle(location.origin, picture.palette),
      ...place,
      locale: { "Map.Title": label },
      attributionControl: false,
      maxPitch: 0,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxZoom: 20,
      fadeDuration: 100,
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    this.#map.addControl(new ScaleControl({ unit: "metric", maxWidth: 90 }), "bottom-left");
    this.#map.once("style.load", () => {
      this.#apply();
    });
    if (!("zoom" in start)) this.#kept = { bounds: start, right: 0 };
    this.#listen();
  }

  /** Shows a picture. */
  update(picture: MapPicture): void {
    this.#wanted = picture;
    if (this.#map.isStyleLoaded() || this.#shown) this.#apply();
  }

  /** Moves so that these bounds are in view, leaving `right` pixels for a panel over the map. */
  fit(bounds: Bounds, right = 0): void {
    this.#kept = { bounds, right };
    this.#fit(motion);
  }

  /** Brings a place into the part of the map that a panel leaves free; does nothing where it is seen already. */
  reveal(longitude: number, latitude: number, right = 0): void {
    const { x, y } = this.#map.project([longitude, latitude]);
    const { clientWidth: width, clientHeight: height } = this.#map.getContainer();
    const margin = Math.min(48, width / 6, height / 6);
    const seen = x > margin && x < width - right - margin && y > margin && y < height - margin;
    if (seen) return;
    this.#kept = null;
    this.#map.easeTo({ center: [longitude, latitude], offset: [-right / 2, 0], ...motion });
  }

  zoomBy(step: 1 | -1): void {
    this.#kept = null;
    this.#map.easeTo({ zoom: this.#map.getZoom() + step, ...motion });
  }

  describe(label: string): void {
    this.#map.getCanvas().setAttribute("aria-label", label);
  }

  remove(): void {
    this.#map.remove();
  }

  #fit(how: { duration: number }): void {
    if (!this.#kept) return;
    const { bounds, right } = this.#kept;
    const { clientWidth: width, clientHeight: height } = this.#map.getContainer();
    const margin = Math.min(48, width / 12, height / 12);
    const padding = { top: margin, bottom: margin, left: margin, right: margin + right };
    this.#map.fitBounds([...bounds] as [number, number, number, number], { padding, maxZoom: 17, ...how });
  }

  #listen(): void {
    const { point, rest, tilesFailed } = this.#events;
    const map = this.#map;
    map.on("mousemove", ({ lngLat, point: at }) => {
      point({ longitude: lngLat.lng, latitude: lngLat.lat }, "pointer");
      const pins = map.getLayer("pins")
        ? map.queryRenderedFeatures(at, { layers: [...pinLayers, clusterLayer, ...this.#choosable()] })
        : [];
      map.getCanvas().style.cursor = pins.length > 0 ? "pointer" : "";
    });
    map.on("mouseout", () => {
      point(null, "pointer");
    });
    map.on("click", (event) => {
      void this.#press(event);
    });
    map.getCanvas().addEventListener("keydown", () => {
      this.#byKeyboard = true;
    });
    map.getCanvas().addEventListener("pointerdown", () => {
      this.#byKeyboard = false;
    });
    map.getCanvas().addEventListener("blur", () => {
      if (this.#byKeyboard) point(null, "keyboard");
      this.#byKeyboard = false;
    });
    map.on("movestart", ({ originalEvent }) => {
      if (originalEvent) this.#kept = null;
    });
    map.on("resize", () => {
      this.#fit({ duration: 0 });
    });
    map.on("moveend", () => {
      const { lng: longitude, lat: latitude } = map.getCenter();
      rest({ longitude, latitude, zoom: map.getZoom() });
      if (this.#byKeyboard) point({ longitude, latitude }, "keyboard");
    });
    map.on("error", (event) => {
      tilesFailed("sourceId" in event && isOfBaseMap(String(event.sourceId)) ? "baseMap" : "ours");
    });
  }

  async #press({ point, lngLat, originalEvent }: MapMouseEvent): Promise<void> {
    const around =
      originalEvent instanceof PointerEvent && originalEvent.pointerType === "touch"
        ? reach.touch
        : reach.mouse;
    const box: [PointLike, PointLike] = [
      [point.x - around, point.y - around],
      [point.x + around, point.y + around],
    ];
    const hit = this.#map.queryRenderedFeatures(box, { layers: [...pinLayers, clusterLayer] })[0];
    if (hit?.layer.id === clusterLayer) {
      const zoom = await this.#source<GeoJSONSource>("pins").getClusterExpansionZoom(
        Number(hit.properties["cluster_id"]),
      );
      this.#kept = null;
      this.#map.easeTo({ center: lngLat, zoom, ...motion });
    } else if (hit) {
      this.#events.pickReport(String(hit.properties["id"]));
    } else {
      const key: unknown = this.#map.queryRenderedFeatures(box, { layers: this.#choosable() })[0]?.properties[
        "key"
      ];
      if (typeof key === "string") {
        this.#events.pickFeature(key);
        return;
      }
      const area = this.#map.queryRenderedFeatures(point, { layers: [areaLayer] }).at(-1);
      const code: unknown = area?.properties["code"];
      this.#events.pickPlace(
        { longitude: lngLat.lng, latitude: lngLat.lat },
        typeof code === "string" ? code : null,
      );
    }
  }

  /** The library's layers in which features can be chosen. */
  #choosable(): string[] {
    const id = this.#shown?.choosable ?? null;
    if (id === null) return [];
    return featureParts(id, "")
      .map((part) => part.id)
      .filter((part) => this.#map.getLayer(part));
  }

  #apply(): void {
    const [before, after] = [this.#shown, this.#wanted];
    if (before === after) return;
    this.#shown = after;
    if (before?.emap !== after.emap || before?.overImagery !== after.overImagery) {
      this.#applyEmap(before?.emap ?? null, after.emap, after.overImagery);
    }
    if (before?.baseMap !== after.baseMap) this.#applyBaseMap(after.baseMap);
    if (before?.palette !== after.palette) this.#drawPins(after.palette);
    if (before?.layers !== after.layers) this.#applyLayers(before?.layers ?? [], after.layers);
    if (before?.labels !== after.labels) {
      this.#source<GeoJSONSource>("labels").setData(collection(after.labels));
    }
    if (before?.pins !== after.pins) this.#source<GeoJSONSource>("pins").setData(collection(after.pins));
    if (before?.pins !== after.pins || before.selectedPin !== after.selectedPin) {
      const selected = after.pins.filter(({ id }) => id === after.selectedPin);
      this.#source<GeoJSONSource>("pin-selected").setData(collection<Pin>(selected));
    }
    if (before?.outline !== after.outline) {
      this.#source<GeoJSONSource>("outline").setData(shape(after.outline));
    }
    for (const layer of ["areas-casing", "areas-line", "areas-selected", "names"]) {
      this.#map.setLayoutProperty(layer, "visibility", after.areas.shown ? "visible" : "none");
    }
    for (const [layer, property, value] of paintOf(after)) {
      this.#map.setPaintProperty(layer, property as "line-color", value as string);
    }
  }

  /** The e-map is put up anew whenever it, or what it lies under, changes: that is seldom. */
  #applyEmap(before: Emap | null, after: Emap | null, overImagery: boolean): void {
    const map = this.#map;
    for (const { id } of map.getStyle().layers) if (id.startsWith("emap:")) map.removeLayer(id);
    if (before !== after) {
      for (const [id] of before ? emapSources(before) : []) map.removeSource(id);
      for (const [id, source] of after ? emapSources(after) : []) map.addSource(id, baseSource(source));
      if (after) map.setSprite(after.ground.sprite);
    }
    if (!after) return;
    for (const layer of groundLayers(after, overImagery)) {
      map.addLayer(baseLayer(layer, "ground"), endOfGround);
    }
    for (const layer of overlayLayers(after, overImagery)) {
      map.addLayer(baseLayer(layer, "overlay"), endOfOverlay);
    }
  }

  /** An outside base map lies where the e-map would: under everything, and its names above our pictures. */
  #applyBaseMap(after: BaseMapPicture | null): void {
    const map = this.#map;
    for (const { part, floor } of baseMapParts) {
      const id = `${baseMapPrefix}${part}`;
      if (map.getLayer(id)) map.removeLayer(id);
      if (map.getSource(id)) map.removeSource(id);
      const tiles = after?.tiles[part];
      if (!after || !tiles) continue;
      map.addSource(id, {
        type: "raster",
        tiles: [tiles],
        tileSize: after.tileSize,
        minzoom: after.minZoom,
        maxzoom: after.maxZoom,
        ...(after.bounds ? { bounds: [...after.bounds] as [number, number, number, number] } : {}),
      });
      map.addLayer({ id, type: "raster", source: id, paint: { "raster-fade-duration": 100 } }, floor);
    }
  }

  #applyLayers(before: readonly LayerPicture[], after: readonly LayerPicture[]): void {
    for (const { id } of before) {
      if (!after.some((layer) => layer.id === id)) this.#removeLayer(id);
    }
    for (const layer of after) {
      const known = before.find(({ id }) => id === layer.id);
      if (!known) this.#addLayer(layer);
      else if (known.tiles !== layer.tiles) {
        this.#source<RasterTileSource | VectorTileSource>(`layer:${layer.id}`).setTiles([layer.tiles]);
      }
      for (const part of parts(layer)) {
        this.#map.setPaintProperty(part.id, part.opacity, layer.opacity * part.share);
        this.#map.moveLayer(part.id, floorOf(layer));
      }
    }
  }

  #addLayer({ id, kind, tiles, bounds, minZoom, maxZoom, colour, vectorLayers }: LayerPicture): void {
    const source = `layer:${id}`;
    const shared = {
      tiles: [tiles],
      minzoom: minZoom,
      maxzoom: maxZoom,
      ...(bounds ? { bounds: [...bounds] as [number, number, number, number] } : {}),
    };
    if (kind === "raster") {
      this.#map.addSource(source, { type: "raster", tileSize: 256, ...shared });
      const paint = { "raster-fade-duration": 100 };
      this.#map.addLayer({ id: source, type: "raster", source, paint }, endOfRasters);
      return;
    }
    this.#map.addSource(source, { type: "vector", ...shared });
    for (const part of featureParts(id, colour, vectorLayers)) this.#map.addLayer(part, lowestFixed);
  }

  #removeLayer(id: string): void {
    const source = `layer:${id}`;
    for (const part of this.#map.getLayersOrder()) {
      if (this.#map.getLayer(part)?.source === source) this.#map.removeLayer(part);
    }
    this.#map.removeSource(source);
  }

  #drawPins(palette: Palette): void {
    const pixelRatio = Math.max(2, Math.ceil(window.devicePixelRatio));
    for (const { state, name } of pinImages) {
      const image = drawPin(state, palette.states[state], pixelRatio);
      if (this.#map.hasImage(name)) this.#map.updateImage(name, image);
      else this.#map.addImage(name, image, { pixelRatio });
    }
  }

  #source<Source>(id: string): Source {
    return this.#map.getSource(id) as Source;
  }
}

/** What the library's sources and layers of an outside base map begin with. */
const baseMapPrefix = "base-map:";

const baseMapParts = [
  { part: "ground", floor: endOfGround },
  { part: "labels", floor: endOfOverlay },
] as const;

function isOfBaseMap(source: string): boolean {
  return source.startsWith(baseMapPrefix);
}

/** What a layer lies right under. */
function floorOf({ kind }: LayerPicture): string {
  return kind === "raster" ? endOfRasters : lowestFixed;
}

/** The library's layers behind one of ours, with the property their opacity has. */
function parts({
  id,
  kind,
  colour,
  vectorLayers,
}: LayerPicture): { id: string; opacity: "raster-opacity"; share: number }[] {
  const layer = `layer:${id}`;
  if (kind === "raster") return [{ id: layer, opacity: "raster-opacity", share: 1 }];
  return featureParts(id, colour, vectorLayers).map((part) => ({
    id: part.id,
    // The library types every property by its layer; these three are all numbers.
    opacity: `${part.type}-opacity` as "raster-opacity",
    share: part.type === "fill" ? 0.25 : 1,
  }));
}

function shape(geometry: GeoJSON.Geometry | null): GeoJSON.FeatureCollection {
  const features: GeoJSON.Feature[] = geometry ? [{ type: "Feature", geometry, properties: {} }] : [];
  return { type: "FeatureCollection", features };
}

function collection<Item extends { longitude: number; latitude: number }>(
  items: readonly Item[],
): GeoJSON.FeatureCollection<GeoJSON.Point> {
  return {
    type: "FeatureCollection",
    features: items.map(({ longitude, latitude, ...properties }) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [longitude, latitude] },
      properties,
    })),
  };
}
