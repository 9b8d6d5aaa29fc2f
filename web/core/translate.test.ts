import { describe, expect, it } from "vitest";
import { chooseLanguage, nameOf } from "./language";
import { en } from "./messages/en";
import { zh } from "./messages/zh";
import { isMessageKey, translator } from "./translate";

const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => String(name)).sort();

describe("the two catalogues", () => {
  it("use the same placeholders in every message", () => {
    const english: Record<string, string> = en;
    for (const [key, text] of Object.entries(zh)) {
      expect(placeholders(english[key] ?? ""), key).toEqual(placeholders(text));
    }
  });

  it("leave no message empty", () => {
    for (const [key, text] of [...Object.entries(zh), ...Object.entries(en)]) {
      expect(text.trim(), key).not.toBe("");
    }
  });

  it("have no Chinese left in the English one, but for the switch of the language", () => {
    const chinese = Object.entries(en).filter(([, text]) => /\p{Script=Han}/u.test(text));
    expect(chinese.map(([key]) => key)).toEqual(["app.language", "app.languageHint"]);
  });
});

describe("translate", () => {
  it("fills the placeholders", () => {
    expect(translator("zh")("reports.count", { count: 3 })).toBe("3 件");
    expect(translator("en")("table.show", { name: "Daping" })).toBe("Show Daping on the map");
  });

  it("does not read a value as a pattern or a placeholder", () => {
    expect(translator("en")("table.show", { name: "$& {name}" })).toBe("Show $& {name} on the map");
  });

  it("knows which codes have words", () => {
    expect(isMessageKey("problem.sign-in-refused")).toBe(true);
    expect(isMessageKey("problem.toString")).toBe(false);
    expect(isMessageKey("toString")).toBe(false);
  });
});

describe("the choice of a language", () => {
  it("follows the remembered choice, then the browser, then is Chinese", () => {
    expect(chooseLanguage("a=b; language=en", ["zh-CN"])).toBe("en");
    expect(chooseLanguage("other_language=en", ["zh-CN"])).toBe("zh");
    expect(chooseLanguage("", ["fr-FR", "en-GB", "zh"])).toBe("en");
    expect(chooseLanguage("language=fr", [])).toBe("zh");
  });

  it("falls back to the Chinese name where there is no English one", () => {
    expect(nameOf({ name_zh: "大坪村", name_en: "" }, "en")).toBe("大坪村");
    expect(nameOf({ name_zh: "大坪村", name_en: "Daping" }, "en")).toBe("Daping");
  });
});
