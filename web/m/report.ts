/**
 * The villagers' pages, made easier where a script runs. Every page works without it.
 */
import { enhance, wasJustSent } from "./form";
import { listSent, numberActions } from "./sent";
import { readSettings } from "./settings";

const settings = readSettings();
const form = document.getElementById("form");
if (settings && form instanceof HTMLFormElement) enhance(form, settings);
numberActions(wasJustSent(document.getElementById("number-actions")?.dataset["reference"]));
listSent();
