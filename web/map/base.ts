/** Layers of the e-map as this map takes them in. */
import type { AddLayerObject } from "maplibre-gl";
import type { EmapStyleLayer } from "../core/emap";
import { families } from "./style";

/** With a name of its own, and with the letters of the browser: this map has no other. */
export function baseLayer(layer: EmapStyleLayer, part: "ground" | "overlay"): AddLayerObject {
  const layout =
    layer.layout && "text-font" in layer.layout ? { ...layer.layout, "text-font": families } : layer.layout;
  // The document was checked where it was made; the library checks it again.
  return { ...layer, id: `emap:${part}:${layer.id}`, ...(layout ? { layout } : {}) } as AddLayerObject;
}
