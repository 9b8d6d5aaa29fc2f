/**
 * The officials' app: web/app → dist/app, served by the binary under /app/.
 *
 * `npm run dev` serves it with hot reload and hands /api and /tiles on to a running server
 * (XIANGTU_SERVER, default http://127.0.0.1:8080).
 */
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const server = process.env["XIANGTU_SERVER"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  root: here("app"),
  base: "/app/",
  // One page answers every address of the app, as the server does it.
  appType: "spa",
  publicDir: false,
  plugins: [svelte({ configFile: here("svelte.config.js") })],
  worker: { format: "es" },
  build: {
    outDir: here("dist/app"),
    emptyOutDir: true,
    target: "es2022",
    // Vite's own number leaves the map's worker out; tools/budget.mjs counts every file.
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1200,
    // No inlined data: addresses, so that the content security policy can stay at 'self'.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: here("app/index.html"),
      output: {
        entryFileNames: "assets/[name]-[hash].js",
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
  server: {
    proxy: {
      "/api": { target: server, changeOrigin: false },
      "/tiles": { target: server, changeOrigin: false },
    },
  },
  test: {
    root: here("."),
    include: ["{core,map,api,ui,app,m}/**/*.test.ts"],
    environment: "node",
  },
});
