/** Categories, pollutants, zones and reasons in people's words; reads the language chosen. */

import { metricName, nameOf, unitOf } from "../describe";
import { day as dayOf, number, quantity } from "../format";
import { live } from "../live.svelte";
import { has, prefs, t } from "../prefs.svelte";
import { dayAt } from "../runs/days";
import { hourMinute } from "../runs/figures";
import { session } from "../session.svelte";
import { categoryOf } from "./categories";
import { scaleOf } from "./rules";
import type { Advice, Anomaly, Category, NoiseStation } from "./types";

const HOUR_MS = 3_600_000;

export const zoneOfCity = (): string => session.config?.timezone ?? "UTC";

/** The official word, or what is said where there is none; null: nothing was judged. */
export function categoryName(categories: readonly Category[], key: string | null): string {
  if (key === null) return t("cat.gap");
  const known = categoryOf(categories, key);
  return known ? known[prefs.language] : has(`cat.${key}`) ? t(`cat.${key}` as "cat.gap") : key;
}

export const adviceOf = (category: Category): Advice =>
  prefs.language === "es" ? category.advice_es : category.advice_en;

export const riskOf = (category: Category): string =>
  prefs.language === "es" ? category.risk_es : category.risk_en;

const words = (prefix: string, key: string): string => {
  const full = `${prefix}.${key}`;
  return has(full) ? t(full) : key;
};

export const pollutantName = (name: string): string => words("pol", name);
export const pollutantHow = (name: string): string => words("pol", `${name}.how`);
export const epaName = (key: string): string => words("epa", key);
export const zoneName = (zone: string): string => words("noise.zone", zone);
export const whyName = (why: string): string => words("an.why", why);
export const whyPlain = (why: string): string => words("an.plain", why);

const SPANISH: Record<string, string> = {
  Jan: "ene",
  Apr: "abr",
  Aug: "ago",
  Dec: "dic",
  amended: "modificada en",
};

/** A norm as it is cited, in the language chosen; rule files cite in English. */
export function citation(text: string): string {
  if (prefs.language === "en") return text;
  return text.replace(/\b(Jan|Apr|Aug|Dec|amended)\b/g, (word) => SPANISH[word] ?? word);
}

export const unitName = (unit: string): string => (unit === "ug/m3" ? "µg/m³" : unit);

/** "61", "0.058": as finely as the rule rounds. */
export function concentration(value: number, pollutant: string, rule: string): string {
  const digits = scaleOf(rule, pollutant)?.decimals ?? 3;
  return new Intl.NumberFormat(prefs.locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

/** "15:00 a 16:00". */
export function hourSpan(ms: number): string {
  const [from, to] = [hourMinute(ms, zoneOfCity()), hourMinute(ms + HOUR_MS, zoneOfCity())];
  return t("sense.hour", { from, to });
}

/** The same, with its day where that is not today. */
export function hourAndDay(ms: number): string {
  const zone = zoneOfCity();
  const today = dayAt(ms, zone) === dayAt(live.now_ms, zone);
  return today ? hourSpan(ms) : `${dayOf(ms, prefs.locale, zone)}, ${hourSpan(ms)}`;
}

/** "mar 24 nov, 15:02". */
export const instant = (ms: number): string =>
  `${dayOf(ms, prefs.locale, zoneOfCity())}, ${hourMinute(ms, zoneOfCity())}`;

export const decibels = (level: number | null): string =>
  level === null ? "–" : number(level, "dB(A)", prefs.locale);

/** What screening says, in words; it never says more than "above". */
export function screened({ above_day, above_night }: NoiseStation): string {
  if (above_day && above_night) return t("noise.above.both");
  if (above_day) return t("noise.above.day");
  if (above_night) return t("noise.above.night");
  return above_day === null && above_night === null ? t("noise.above.unknown") : t("noise.above.none");
}

export function deviceName(device_id: string): string {
  const entry = live.entries.get(device_id);
  return entry ? nameOf(entry) : device_id;
}

/** What was strange: a metric by name; a silence is of the whole station. */
export const whatOf = ({ metric, why }: Pick<Anomaly, "metric" | "why">): string =>
  why === "silence" ? t("an.why.silence") : metricName(metric);

export const amount = (value: number | null, metric: string): string =>
  value === null ? "–" : quantity(value, unitOf(metric), prefs.locale);

/** A value or a factor by its digits that matter, whatever its unit. */
export const figure = (value: number, digits = 5): string =>
  new Intl.NumberFormat(prefs.locale, { maximumSignificantDigits: digits }).format(value);
