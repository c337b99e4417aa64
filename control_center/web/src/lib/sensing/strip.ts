/** A station's hours laid out as local days: what was not judged keeps its empty place. Pure. */

import { dayAt, shiftDay } from "../runs/days";
import type { AirHour } from "./types";

export const HOUR_MS = 3_600_000;
const HALF_MS = HOUR_MS / 2;

/** When a local day begins, epoch ms. */
export function midnight(day: string, timezone: string): number {
  let at = Date.parse(`${day}T00:00:00Z`) - 14 * HOUR_MS;
  while (dayAt(at, timezone) < day) at += HALF_MS;
  return at;
}

export interface Cell {
  ms: number;
  /** null: nothing was judged then. */
  said: AirHour | null;
}

export interface DayRow {
  day: string;
  cells: Cell[];
}

/** Days, the oldest first, each with as many hours as it really has; hours to come are left out. */
export function dayRows(
  hours: readonly AirHour[],
  last: string,
  days: number,
  now_ms: number,
  timezone: string,
): DayRow[] {
  const said = new Map(hours.map((one) => [Date.parse(one.hour), one]));
  return Array.from({ length: days }, (_, nth) => {
    const day = shiftDay(last, nth + 1 - days);
    const begin = midnight(day, timezone);
    const end = Math.min(midnight(shiftDay(day, 1), timezone), now_ms);
    const cells = Array.from({ length: Math.max(0, Math.ceil((end - begin) / HOUR_MS)) }, (_, at) => {
      const ms = begin + at * HOUR_MS;
      return { ms, said: said.get(ms) ?? null };
    });
    return { day, cells };
  });
}

/** One pollutant as a chart draws it. */
export interface Line {
  /** Epoch seconds, the middle of each hour; every hour is there. */
  x: number[];
  /** null breaks the line. */
  y: (number | null)[];
  /** Values with nothing on either side, which a line cannot show. */
  alone: (number | null)[];
  /** Hours in which readings were left out as doubtful: marked at the foot. */
  doubted: (number | null)[];
}

export function lineOf(rows: readonly DayRow[], pollutant: string): Line {
  const cells = rows.flatMap((row) => row.cells);
  const found = cells.map(({ said }) => said?.pollutants[pollutant]);
  const y = found.map((one) => one?.value ?? null);
  return {
    x: cells.map(({ ms }) => (ms + HALF_MS) / 1000),
    y,
    alone: y.map((value, at) =>
      value !== null && (y[at - 1] ?? null) === null && (y[at + 1] ?? null) === null ? value : null,
    ),
    doubted: found.map((one) => (one?.doubts.length ? 0 : null)),
  };
}

/** How high a chart must reach: over all values, and far enough to show the first bound. */
export function ceiling(y: readonly (number | null)[], bounds: readonly number[]): number {
  const top = y.reduce<number>((high, value) => Math.max(high, value ?? 0), 0);
  return Math.max(top * 1.12, (bounds[0] ?? 0) * 1.15, Number.EPSILON);
}

/** Hours in each category of a day, in order of first appearance; `null`: nothing was judged. */
export function tally(row: DayRow): Map<string | null, number> {
  const found = new Map<string | null, number>();
  for (const { said } of row.cells) {
    const key = said?.category ?? null;
    found.set(key, (found.get(key) ?? 0) + 1);
  }
  return found;
}
