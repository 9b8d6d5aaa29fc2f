import type { Language } from "./language";
import { en } from "./messages/en";
import { type MessageKey, zh } from "./messages/zh";

/** The names between braces in a message: `"{count} 件"` has `"count"`. */
type Placeholders<Text> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

type Values<Key extends MessageKey> = Record<Placeholders<(typeof zh)[Key]>, string | number>;

/** A message without placeholders takes no values; one with placeholders must be given every one. */
type Rest<Key extends MessageKey> = [Placeholders<(typeof zh)[Key]>] extends [never]
  ? []
  : [values: Values<Key>];

const catalogues: Record<Language, Record<MessageKey, string>> = { zh, en };

export type Translate = <Key extends MessageKey>(key: Key, ...rest: Rest<Key>) => string;

export function translator(language: Language): Translate {
  const catalogue = catalogues[language];
  return (key, ...rest) => {
    const values: Record<string, string | number> = rest[0] ?? {};
    return catalogue[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  };
}

/** Whether a string made at run time (such as a problem's code) names a message. */
export function isMessageKey(key: string): key is MessageKey {
  return Object.hasOwn(zh, key);
}
