/** Layers of the e-map as this map takes them in. */
import type { AddLayerObject, SourceSpecification } from "maplibre-gl";
import type { EmapStyle, EmapStyleLayer } from "../core/emap";
import { families } from "./style";

/** With a name of its own, and with the letters of the browser: this map has no other. */
export function baseLayer(layer: EmapStyleLayer, part: "ground" | "overlay"): AddLayerObject {
  const layout =
    layer.layout && "text-font" in layer.layout ? { ...layer.layout, "text-font": families } : layer.layout;
  // The document was checked where it was made; the library checks it again.
  return { ...layer, id: `emap:${part}:${layer.id}`, ...(layout ? { layout } : {}) } as AddLayerObject;
}

export function baseSource(source: EmapStyle["sources"][string]): SourceSpecification {
  return source as SourceSpecification;
}
