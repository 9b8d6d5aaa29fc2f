/** Whether this browser can draw the map: asked before the library is fetched. */
export function canDraw(): boolean {
  return document.createElement("canvas").getContext("webgl2") !== null;
}
