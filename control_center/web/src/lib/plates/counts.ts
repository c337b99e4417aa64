/** Passages as bars: by hour or day, by direction, by what else is known of them. Pure. */

import { dayAt, shiftDay } from "../runs/days";
import { midnight } from "../sensing/strip";
import type { Count, Grain } from "./types";

const HOUR_MS = 3_600_000;

/** One stretch of time and how many passed in it. */
export interface Bar {
  ms: number;
  in: number;
  out: number;
  /** Passed, and no direction known. */
  other: number;
}

/** Every hour or day of a window, empty ones too; rows outside are left out. */
export function bars(
  rows: readonly Count[],
  from_ms: number,
  to_ms: number,
  by: Grain,
  timezone: string,
): Bar[] {
  const starts: number[] = [];
  if (by === "hour") {
    for (let at = Math.floor(from_ms / HOUR_MS) * HOUR_MS; at < to_ms; at += HOUR_MS) starts.push(at);
  } else {
    const last = dayAt(to_ms - 1, timezone);
    for (let day = dayAt(from_ms, timezone); day <= last; day = shiftDay(day, 1)) {
      starts.push(midnight(day, timezone));
    }
  }
  const found = starts.map((ms): Bar => ({ ms, in: 0, out: 0, other: 0 }));
  for (const { at, direction, n } of rows) {
    const ms = Date.parse(at);
    const bar = found.findLast((one) => one.ms <= ms);
    if (bar && ms < to_ms) bar[direction || "other"] += n;
  }
  return found;
}

export interface Share {
  key: string;
  n: number;
}

/** How many of each, the most first; what is not known has an empty name. */
export function shares(rows: readonly Count[], of: "class" | "state"): Share[] {
  const found = new Map<string, number>();
  for (const row of rows) found.set(row[of] ?? "", (found.get(row[of] ?? "") ?? 0) + row.n);
  return [...found].map(([key, n]) => ({ key, n })).sort((a, b) => b.n - a.n || a.key.localeCompare(b.key));
}

export const sum = (rows: readonly Count[], direction: Count["direction"]): number =>
  rows.reduce((all, row) => ((row.direction || null) === direction ? all + row.n : all), 0);

/** The least round number that is not below. */
export function ceiling(value: number): number {
  if (value <= 4) return 4;
  const size = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 10].map((step) => step * size).find((round) => round >= value) ?? value;
}
