/**
 * A recipe as text: where its area and dates stand, so that a form can fill them in and everything
 * else, comments included, stays as it was written. No YAML library: only these few lines are looked
 * for; whatever else the text says is the server's to judge.
 */

export interface RecipeDate {
  /** Name of the input it belongs to. */
  input: string;
  end: "from" | "to";
  /** `YYYY-MM-DD`. */
  value: string;
  /** Where the day stands in the text. */
  at: number;
}

export interface RecipeFields {
  /** The code of the area, `null` where the recipe names none. */
  area: string | null;
  dates: readonly RecipeDate[];
}

const areaLine = /^area:[ \t]*(["']?)([^"'#\r\n]*?)\1[ \t]*(#.*)?$/m;
const dated = /\b(from|to):[ \t]*["']?(\d{4}-\d{2}-\d{2})/g;

export function fieldsOf(text: string): RecipeFields {
  const area = areaLine.exec(text)?.[2]?.trim() ?? "";
  return { area: area === "" ? null : area, dates: datesOf(text) };
}

/** The text with another area; a recipe without one gets it under its title. */
export function withArea(text: string, code: string): string {
  const line = `area: "${code}"`;
  if (areaLine.test(text)) {
    return text.replace(areaLine, (_line, _quote, _code, comment?: string) =>
      comment === undefined ? line : `${line} ${comment}`,
    );
  }
  const inputs = /^inputs:/m.exec(text)?.index ?? text.length;
  const before = text.slice(0, inputs);
  return `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}${line}\n${text.slice(inputs)}`;
}

/** The text with another day in this place. */
export function withDate(text: string, { at, value }: RecipeDate, day: string): string {
  return text.slice(0, at) + day + text.slice(at + value.length);
}

/** The days between which the inputs look for scenes, in the order they are written. */
function datesOf(text: string): RecipeDate[] {
  const found: RecipeDate[] = [];
  let within = false;
  let input = "";
  let indent: number | null = null;
  let start = 0;
  for (const line of text.split("\n")) {
    const bare = line.replace(/(^|\s)#.*$/, "$1");
    const depth = bare.search(/\S/);
    if (depth === 0) {
      within = bare.startsWith("inputs:");
      indent = null;
    } else if (within && depth > 0) {
      indent ??= depth;
      if (depth === indent) input = /^\s*["']?([^"':\s]+)["']?:/.exec(bare)?.[1] ?? input;
      for (const match of bare.matchAll(dated)) {
        const [whole, end, value = ""] = match;
        found.push({
          input,
          end: end === "from" ? "from" : "to",
          value,
          at: start + match.index + whole.length - value.length,
        });
      }
    }
    start += line.length + 1;
  }
  return found;
}

/** Where a line of the text begins and ends; lines count from 1. */
export function lineRange(text: string, line: number): [start: number, end: number] {
  const lines = text.split("\n");
  const at = Math.min(Math.max(line, 1), lines.length);
  const start = lines.slice(0, at - 1).reduce((sum, before) => sum + before.length + 1, 0);
  return [start, start + (lines[at - 1]?.length ?? 0)];
}
