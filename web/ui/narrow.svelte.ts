/** Whether the window is a phone's: one column. In em, so that large letters on a desk get the one column too. */
import { MediaQuery } from "svelte/reactivity";

export const narrow = new MediaQuery("(max-width: 60em)");
