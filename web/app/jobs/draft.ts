/** The recipe somebody is writing, kept for this tab until it is sent. */

const key = "draft:recipe";

export function keptRecipe(): string {
  return sessionStorage.getItem(key) ?? "";
}

export function keepRecipe(text: string): void {
  if (text === "") sessionStorage.removeItem(key);
  else sessionStorage.setItem(key, text);
}
