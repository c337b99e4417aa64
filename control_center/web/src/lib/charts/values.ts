/** Values in words and colours, as the boards have them; the same units as their dashboards. Pure. */

import type { Cell, Column, Kind, Panel, Rows } from "./types";

export type Language = "es" | "en";

const SUFFIX: Record<string, string> = {
  velocitykmh: " km/h",
  "conμgm3": " µg/m³",
  ppm: " ppm",
  celsius: " °C",
  humidity: " %",
  percent: " %",
  volt: " V",
  dBm: " dBm",
  h: " h",
};
const SIZES: readonly [number, string][] = [
  [1e9, " G"],
  [1e6, " M"],
  [1e3, " k"],
];
const SPANS: readonly [number, string][] = [
  [86_400, " d"],
  [3_600, " h"],
  [60, " min"],
];

export const titleOf = (column: Column, language: Language): string =>
  language === "es" ? column.title_es : column.title_en;

/** How a column or series is shown: its own way, or the panel's. */
export const columnOf = (panel: Panel, name: string): Column =>
  panel.columns.find((one) => one.name === name) ?? { ...panel.value, name, title_es: name, title_en: name };

function fixed(value: number, decimals: number | null, locale: string): string {
  const digits = decimals ?? (Number.isInteger(value) ? 0 : 1);
  return value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function scaled(value: number, decimals: number | null, locale: string): string {
  const found = SIZES.find(([size]) => Math.abs(value) >= size);
  if (!found) return fixed(value, decimals, locale);
  return `${(value / found[0]).toLocaleString(locale, { maximumSignificantDigits: 3 })}${found[1]}`;
}

/** A number with its unit. */
export function numeral(value: number, { unit, decimals }: Column, locale: string): string {
  if (unit === "percentunit") return `${fixed(value * 100, decimals ?? 1, locale)} %`;
  if (unit === "bytes") return `${scaled(value, 1, locale)}B`;
  if (unit === "lengthm") return value >= 1000 ? `${fixed(value / 1000, 1, locale)} km` : `${fixed(value, 0, locale)} m`;
  if (unit === "s") {
    const found = SPANS.find(([length_s]) => value >= length_s);
    if (found) return `${fixed(value / found[0], 1, locale)}${found[1]}`;
    return value > 0 && value < 1 ? `${fixed(value * 1000, 0, locale)} ms` : `${fixed(value, decimals, locale)} s`;
  }
  if (unit === "short") return scaled(value, decimals, locale);
  const suffix = unit.startsWith("suffix:") ? unit.slice("suffix:".length) : (SUFFIX[unit] ?? "");
  return `${fixed(value, decimals, locale)}${suffix}`;
}

/** A cell in words; times are written by `moment`. */
export function words(
  value: Cell,
  kind: Kind,
  column: Column,
  language: Language,
  locale: string,
  moment: (ms: number) => string,
): string {
  const label = column.labels[String(value)];
  if (label) return label[language];
  if (value === null) return "–";
  if (kind === "time" && typeof value === "number") return moment(value);
  if (typeof value === "number") return numeral(value, column, locale);
  return String(value);
}

/** The colour that labels or steps give a value; null: none of its own. */
export function colourOf(value: Cell, column: Column): string | null {
  const label = column.labels[String(value)];
  if (label?.colour) return label.colour;
  if (typeof value !== "number") return null;
  let found: string | null = null;
  for (const step of column.steps) if (step.value === null || value >= step.value) found = step.colour;
  return found;
}

/** Where a cell leads; columns stand in the page as ${name}. */
export function linkOf(column: Column, rows: Rows, row: Cell[]): string | null {
  if (column.page === null) return null;
  const path = column.page.replace(/^\/(?=#)/, "");
  return path.replace(/\$\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(row[rows.columns.indexOf(name)] ?? "")),
  );
}

export interface Series {
  name: string;
  values: (number | null)[];
}

/** Rows of a time series as columns over one time axis, s; what a series lacks is null. */
export function series(rows: Rows): { at_s: number[]; series: Series[] } {
  const time = rows.columns.indexOf("time");
  const metric = rows.columns.indexOf("metric");
  const numbers = rows.columns.flatMap((_, nth) => (rows.kinds[nth] === "number" ? [nth] : []));
  const times = [...new Set(rows.rows.map((row) => row[time] as number))].sort((a, b) => a - b);
  const place = new Map(times.map((at, nth) => [at, nth]));
  const found = new Map<string, (number | null)[]>();
  for (const row of rows.rows) {
    for (const nth of numbers) {
      const name = metric < 0 ? (rows.columns[nth] ?? "") : String(row[metric]);
      let values = found.get(name);
      if (!values) found.set(name, (values = times.map(() => null)));
      values[place.get(row[time] as number) ?? 0] = row[nth] as number | null;
    }
  }
  return {
    at_s: times.map((at) => at / 1000),
    series: [...found].map(([name, values]) => ({ name, values })),
  };
}

/** The column that the right axis is written by; null: every series is on the left one. */
export const rightOf = (panel: Panel, all: Series[]): Column | null =>
  all.map(({ name }) => columnOf(panel, name)).find(({ right }) => right) ?? null;

/** Stand every series on those before it. */
export function stacked(all: Series[]): Series[] {
  let below: number[] = [];
  return all.map(({ name, values }) => {
    const tops = values.map((value, nth) => (value === null ? null : value + (below[nth] ?? 0)));
    below = tops.map((top, nth) => top ?? below[nth] ?? 0);
    return { name, values: tops };
  });
}

/** Put a null into every pause longer than three usual steps: a stroke across it would be no data. */
export function withGaps(at_s: number[], all: Series[]): { at_s: number[]; series: Series[] } {
  const steps = at_s.slice(1).map((at, nth) => at - (at_s[nth] ?? at)).sort((a, b) => a - b);
  const usual = steps[Math.floor(steps.length / 2)] ?? 0;
  const gaps = new Set(at_s.flatMap((at, nth) => (nth && at - (at_s[nth - 1] ?? at) > 3 * usual ? [nth] : [])));
  if (!gaps.size) return { at_s, series: all };
  const spread = <T>(values: readonly T[], between: (nth: number) => T): T[] =>
    values.flatMap((value, nth) => (gaps.has(nth) ? [between(nth), value] : [value]));
  return {
    at_s: spread(at_s, (nth) => ((at_s[nth] ?? 0) + (at_s[nth - 1] ?? 0)) / 2),
    series: all.map(({ name, values }) => ({ name, values: spread<number | null>(values, () => null) })),
  };
}

/** Runs of one value, and how many points each is long. */
export function spans(values: readonly (number | null)[]): { value: number | null; length: number }[] {
  const found: { value: number | null; length: number }[] = [];
  for (const value of values) {
    const last = found.at(-1);
    if (last && last.value === value) last.length += 1;
    else found.push({ value, length: 1 });
  }
  return found;
}
