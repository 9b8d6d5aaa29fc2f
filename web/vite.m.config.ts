/**
 * The villagers' enhancements: web/m → dist/m, served by the binary under /m/assets/.
 *
 * Fixed names, because the server-rendered templates refer to them; no framework, no chunks.
 */
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A stylesheet as an entry leaves an empty script of the same name behind: drop it. */
const dropScriptsOfStylesheets: Plugin = {
  name: "drop-scripts-of-stylesheets",
  generateBundle(_options, bundle) {
    for (const [name, chunk] of Object.entries(bundle)) {
      if (chunk.type === "chunk" && chunk.facadeModuleId?.endsWith(".css"))
        Reflect.deleteProperty(bundle, name);
    }
  },
};

export default defineConfig({
  root: here("m"),
  base: "/m/assets/",
  publicDir: false,
  plugins: [dropScriptsOfStylesheets],
  build: {
    outDir: here("dist/m"),
    emptyOutDir: true,
    // Old phones: what Chrome 80 and the WeChat browser of 2020 understand.
    target: ["chrome80", "safari14"],
    modulePreload: false,
    reportCompressedSize: false,
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { report: here("m/report.ts"), villager: here("m/villager.css") },
      output: { entryFileNames: "[name].js", assetFileNames: "[name][extname]" },
    },
  },
});
