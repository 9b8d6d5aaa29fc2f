/**
 * Numbers, areas, dates and places as people read them. Pure: the language and, where it
 * matters, the present moment are given.
 */
import { type Language, htmlLanguage } from "./language";
import type { Translate } from "./translate";

/** Square metres in one 亩: 10000/15. */
export const squareMetresPerMu = 10_000 / 15;

const cache = new Map<string, Intl.NumberFormat>();

function decimal(language: Language, digits: number): Intl.NumberFormat {
  const key = `${language}${String(digits)}`;
  const known = cache.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(htmlLanguage(language), {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  cache.set(key, made);
  return made;
}

/** A number with a fixed count of decimals; a real minus sign; `—` for nothing. */
export function number(value: number | null, language: Language, digits: number): string {
  if (value === null || !Number.isFinite(value)) return "—";
  const rounded = Number(value.toFixed(digits));
  // Rounding may leave a negative zero, which would print as "−0.00".
  return decimal(language, digits)
    .format(rounded === 0 ? 0 : rounded)
    .replace("-", "−");
}

/** An area: two decimals below ten, one below a thousand, none above. */
export function area(value: number, language: Language): string {
  return number(value, language, value < 10 ? 2 : value < 1000 ? 1 : 0);
}

/** A share between 0 and 1 in per cent. Only the whole is shown as 100 %, only nothing as 0 %. */
export function percent(share: number | null, language: Language): string {
  if (share === null || !Number.isFinite(share)) return "—";
  if (share <= 0) return "0%";
  if (share >= 1) return "100%";
  if (share < 0.001) return "<0.1%";
  if (share > 0.999) return ">99.9%";
  const digits = share < 0.1 || share > 0.99 ? 1 : 0;
  return `${number(share * 100, language, digits)}%`;
}

/** A calendar day `YYYY-MM-DD` in words, without passing through a time zone. */
export function day(date: string, language: Language): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})/.exec(date);
  if (!match) return date;
  const [year, month, of] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (language === "zh") return `${String(year)}年${String(month)}月${String(of)}日`;
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" }).format(
    Date.UTC(year, month - 1, of),
  );
}

/** A moment with hour and minute, in the zone of the reader unless one is given. */
export function moment(iso: string, language: Language, timeZone?: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  return new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", {
    year: "numeric",
    month: language === "zh" ? "numeric" : "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(at);
}

/** How long ago: minutes, hours, then days. A moment in the future (a clock that is off) is "just now". */
export function ago(then: string | number, now: number, translate: Translate): string {
  const minutes = Math.floor((now - new Date(then).getTime()) / 60_000);
  if (!Number.isFinite(minutes) || minutes < 1) return translate("time.now");
  if (minutes < 60) return translate("time.minutes", { count: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return translate("time.hours", { count: hours });
  return translate("time.days", { count: Math.floor(hours / 24) });
}

/** Longitude, latitude in degrees: five decimals are about a metre. */
export function coordinates(longitude: number, latitude: number): string {
  const degrees = (value: number): string => value.toFixed(5).replace("-", "−");
  return `${degrees(longitude)}, ${degrees(latitude)}`;
}

/** The same for a clipboard: plain minus signs, as other programs read them. */
export function coordinatesPlain(longitude: number, latitude: number): string {
  return `${longitude.toFixed(6)},${latitude.toFixed(6)}`;
}
