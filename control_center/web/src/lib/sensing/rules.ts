/** Bounds of the categories, for the bands behind a chart. Mirrors sensing/rules/*.toml; a test compares them. */

export interface Scale {
  unit: string;
  decimals: number;
  /** Where each category but the last one ends; a value on a bound is in the better one. */
  bounds: readonly number[];
}

const PM = "ug/m3";
const PPM = "ppm";

const NOM172_2024: Record<string, Scale> = {
  pm10: { unit: PM, decimals: 0, bounds: [45, 60, 132, 213] },
  pm25: { unit: PM, decimals: 0, bounds: [15, 33, 79, 130] },
  o3: { unit: PPM, decimals: 3, bounds: [0.058, 0.09, 0.135, 0.175] },
  no2: { unit: PPM, decimals: 3, bounds: [0.053, 0.106, 0.16, 0.213] },
  so2: { unit: PPM, decimals: 3, bounds: [0.035, 0.075, 0.185, 0.304] },
  co: { unit: PPM, decimals: 2, bounds: [5, 9, 12, 16] },
};

export const RULES: Record<string, Record<string, Scale>> = {
  "nom172-2024": NOM172_2024,
  "nom172-2026": {
    ...NOM172_2024,
    pm10: { unit: PM, decimals: 0, bounds: [45, 50, 132, 213] },
    pm25: { unit: PM, decimals: 0, bounds: [15, 25, 79, 130] },
  },
};

/** In the order people look for them. */
export const POLLUTANTS = ["pm25", "pm10", "o3", "no2", "so2", "co"] as const;

/** null: a rule this page does not know, drawn without bands. */
export const scaleOf = (rule: string, pollutant: string): Scale | null => RULES[rule]?.[pollutant] ?? null;

/** A stretch of time judged by one rule. */
export interface Stretch {
  rule: string;
  from_ms: number;
  to_ms: number;
}

const HOUR_MS = 3_600_000;

/** Which rule held when; the first reaches back to the window's beginning, the last to its end. */
export function stretches(
  hours: readonly { hour: string; rule: string }[],
  from_ms: number,
  to_ms: number,
): Stretch[] {
  const found: Stretch[] = [];
  for (const { hour, rule } of hours) {
    const at = Date.parse(hour);
    const last = found.at(-1);
    if (last?.rule === rule) last.to_ms = at + HOUR_MS;
    else {
      if (last) last.to_ms = at;
      found.push({ rule, from_ms: last ? at : from_ms, to_ms: at + HOUR_MS });
    }
  }
  const last = found.at(-1);
  if (last) last.to_ms = to_ms;
  return found;
}
