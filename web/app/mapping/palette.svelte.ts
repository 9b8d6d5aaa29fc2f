/** The colours of the tokens, read from the stylesheet, so that the map follows light and dark. */
import { MediaQuery } from "svelte/reactivity";
import type { Palette } from "../../map/picture";

const dark = new MediaQuery("(prefers-color-scheme: dark)");

export function readPalette(): Palette {
  // Read for the dependency alone: the values come from the stylesheet.
  void dark.current;
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    paper: colour("paper"),
    surface: colour("surface"),
    ink: colour("ink"),
    muted: colour("muted"),
    accent: colour("accent"),
    // Pins lie on imagery, whatever the scheme: always the darker, fuller colours.
    states: { new: "#8f5b00", accepted: "#245f9e", done: "#1f7a5c", refused: "#5b6763" },
  };
}
