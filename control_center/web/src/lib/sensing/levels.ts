/** Sound levels on a scale: bars of a day's periods, the lines they are held against, labels that do not collide. Pure. */

import type { NoiseDay, NoiseLimits } from "./types";

export const PERIODS = ["day", "evening", "night"] as const;
export type Period = (typeof PERIODS)[number];

/** WHO guidelines for the European Region, 2018: recommended for road traffic; guidance, not law. */
export const WHO = { lden_db: 53, lnight_db: 45 } as const;

export const levelIn = (day: NoiseDay, period: Period): number | null =>
  ({ day: day.lday_db, evening: day.levening_db, night: day.lnight_db })[period];

export type Guide = "nom_day" | "nom_night" | "who_lden" | "who_lnight";

export interface GuideLine {
  guide: Guide;
  db: number;
}

export function guides({ day_db, night_db }: NoiseLimits): GuideLine[] {
  const lines: [Guide, number | null][] = [
    ["nom_day", day_db],
    ["nom_night", night_db],
    ["who_lden", WHO.lden_db],
    ["who_lnight", WHO.lnight_db],
  ];
  return lines.flatMap(([guide, db]) => (db === null ? [] : [{ guide, db }])).sort((a, b) => b.db - a.db);
}

const STEP_DB = 10;

/** The scale's ends, whole tens: everything said fits, and so do the lines. */
export function span(days: readonly NoiseDay[], lines: readonly GuideLine[]): [low: number, high: number] {
  const levels = [
    ...days.flatMap((day) => [day.lday_db, day.levening_db, day.lnight_db, day.lden_db]),
    ...lines.map(({ db }) => db),
  ].filter((level) => level !== null);
  const low = Math.min(40, ...levels);
  const high = Math.max(70, ...levels);
  return [Math.floor((low - 5) / STEP_DB) * STEP_DB, Math.ceil((high + 3) / STEP_DB) * STEP_DB];
}

export const ticks = ([low, high]: [number, number]): number[] =>
  Array.from({ length: (high - low) / STEP_DB + 1 }, (_, nth) => low + nth * STEP_DB);

/** Move labels apart, each as near to its line as the others let it be; places from the top. */
export function apart(places: readonly number[], least: number, top: number, bottom: number): number[] {
  const order = places.map((place, at) => ({ place, at })).sort((a, b) => a.place - b.place);
  const found = order.map(({ place }) => place);
  for (let i = 0; i < found.length; i += 1) {
    found[i] = Math.max(found[i]!, i ? found[i - 1]! + least : top);
  }
  for (let i = found.length - 1; i >= 0; i -= 1) {
    found[i] = Math.min(found[i]!, i < found.length - 1 ? found[i + 1]! - least : bottom);
  }
  const back: number[] = [];
  order.forEach(({ at }, i) => (back[at] = found[i]!));
  return back;
}
