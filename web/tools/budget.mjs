/**
 * The byte budget: what a browser must fetch for each entry, compressed, against a fixed limit.
 * Run after the build; ends with 1 when something has grown too heavy.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url).pathname;

const gzipped = (path) => gzipSync(readFileSync(path), { level: 9 }).length;

/** Scripts and stylesheets named by the page, and everything they import statically. */
function firstScreen(page) {
  const folder = join(dist, "app");
  const seen = new Set();
  const waiting = [
    ...readFileSync(join(folder, page), "utf8").matchAll(/(?:src|href)="\/app\/([^"]+)"/g),
  ].map((m) => m[1]);
  while (waiting.length > 0) {
    const file = waiting.pop();
    if (seen.has(file)) continue;
    seen.add(file);
    if (!file.endsWith(".js")) continue;
    const source = readFileSync(join(folder, file), "utf8");
    for (const [, name] of source.matchAll(
      /(?:^|[;}\s])(?:import|export)\s*(?:[\w*{}\s,$]+from\s*)?["']\.\/([^"']+)["']/g,
    )) {
      waiting.push(`assets/${name}`);
    }
  }
  return [...seen].map((file) => join(folder, file));
}

const assets = existsSync(join(dist, "app/assets")) ? readdirSync(join(dist, "app/assets")) : [];
const lines = [
  ["app, first screen: scripts", 60, () => firstScreen("index.html").filter((file) => file.endsWith(".js"))],
  ["app, first screen: styles", 12, () => firstScreen("index.html").filter((file) => file.endsWith(".css"))],
  ["app, everything with map and worker", 560, () => assets.map((file) => join(dist, "app/assets", file))],
  ["m, script of the form", 25, () => [join(dist, "m/report.js")]],
  ["m, stylesheet", 10, () => [join(dist, "m/villager.css")]],
];

let over = 0;
for (const [what, limit, files] of lines) {
  const kilobytes = files().reduce((sum, file) => sum + gzipped(file), 0) / 1024;
  const verdict = kilobytes > limit ? "OVER" : "ok";
  if (verdict === "OVER") over += 1;
  console.log(`${verdict.padEnd(5)} ${kilobytes.toFixed(1).padStart(7)} / ${limit} KB gz  ${what}`);
}
process.exitCode = over > 0 ? 1 : 0;
