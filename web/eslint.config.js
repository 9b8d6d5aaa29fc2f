import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist/", "node_modules/", "api/schema.d.ts"] },
  js.configs.recommended,
  ts.configs.strict,
  svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "no-console": "error",
      eqeqeq: "error",
      // The map library is met in one place only; everything else speaks to web/map.
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: ["maplibre-gl", "maplibre-gl/*"], message: "Only web/map may import the map library." },
          ],
        },
      ],
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  { files: ["map/**"], rules: { "no-restricted-imports": "off" } },
  {
    files: ["tools/**", "*.config.ts", "*.config.js", "mock/**"],
    languageOptions: { globals: { ...globals.node } },
    rules: { "no-console": "off" },
  },
);
