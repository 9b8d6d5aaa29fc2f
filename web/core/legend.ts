/** What a legend's colours and a value under the pointer mean, in words. */
import { number } from "./format";
import { type Language, nameOf } from "./language";
import type { Legend, LegendEntry } from "./layers";

/** The class of a code, or the interval that a number lies in; the first and the last are open. */
export function entryAt(legend: Legend, value: number): LegendEntry | null {
  if (legend.kind === "classes") return legend.entries.find((entry) => entry.value === value) ?? null;
  if (legend.kind !== "intervals") return null;
  return legend.entries.findLast((entry) => entry.value <= value) ?? legend.entries[0] ?? null;
}

/** A class by its name; an interval by its name, where it has one, and its numbers. */
export function meaning(legend: Legend, entry: LegendEntry, language: Language): string {
  const name = named(entry, language);
  if (legend.kind === "classes") return name === "" ? number(entry.value, language, 0) : name;
  const range = `${span(legend, entry, language)}${legend.unit === "" ? "" : ` ${legend.unit}`}`;
  return name === "" ? range : `${name} ${range}`;
}

/** A value as the reader wants it: the class's name, or the number with its unit and its interval's name. */
export function reading(legend: Legend, value: number, language: Language): string {
  const entry = entryAt(legend, value);
  if (legend.kind === "classes") return entry ? meaning(legend, entry, language) : number(value, language, 0);
  const words = `${number(value, language, 3)}${legend.unit === "" ? "" : ` ${legend.unit}`}`;
  const name = entry === null ? "" : named(entry, language);
  return name === "" ? words : `${words} · ${name}`;
}

function named({ zh, en }: LegendEntry, language: Language): string {
  return nameOf({ name_zh: zh, name_en: en }, language);
}

function span(legend: Legend, entry: LegendEntry, language: Language): string {
  const at = legend.entries.indexOf(entry);
  const next = legend.entries[at + 1];
  const words = (value: number) => number(value, language, Number.isInteger(value) ? 0 : 2);
  if (!next) return `≥ ${words(entry.value)}`;
  return at === 0 ? `< ${words(next.value)}` : `${words(entry.value)}–${words(next.value)}`;
}
