/** The two languages, and the choice of one: remembered choice, then the browser's wish, then Chinese. */
export type Language = "zh" | "en";

/** The cookie the server reads too, so that its pages and messages follow the same switch. */
export const languageCookie = "language";

export function chooseLanguage(cookies: string, preferred: readonly string[]): Language {
  const remembered = new RegExp(`(?:^|;\\s*)${languageCookie}=(zh|en)(?:;|$)`).exec(cookies)?.[1];
  if (remembered === "zh" || remembered === "en") return remembered;
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split("-")[0];
    if (primary === "zh" || primary === "en") return primary;
  }
  return "zh";
}

/** The value of an HTML `lang` attribute. */
export function htmlLanguage(language: Language): string {
  return language === "zh" ? "zh-CN" : "en";
}

/** A thing with a name in both languages; English may be empty. */
export interface Named {
  name_zh: string;
  name_en: string;
}

export function nameOf(thing: Named, language: Language): string {
  return language === "en" && thing.name_en !== "" ? thing.name_en : thing.name_zh;
}

export interface Titled {
  title_zh: string;
  title_en: string;
}

export function titleOf(thing: Titled, language: Language): string {
  return language === "en" && thing.title_en !== "" ? thing.title_en : thing.title_zh;
}
