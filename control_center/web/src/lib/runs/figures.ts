/** Lengths, durations and lateness as a supervisor says them. Pure. */

import { number } from "../format";

/** "1 h 12 min", "8 min", "45 s": a duration one plans with. */
export function duration(length_s: number): string {
  const s = Math.max(0, Math.round(length_s));
  if (s < 60) return `${s} s`;
  const minutes = Math.round(s / 60);
  if (minutes < 60) return `${minutes} min`;
  const [h, min] = [Math.floor(minutes / 60), minutes % 60];
  return min ? `${h} h ${min} min` : `${h} h`;
}

/** "850 m", "12.4 km". */
export function length(m: number, locale: string): string {
  if (m < 1000) return `${Math.round(m)} m`;
  return `${number(m / 1000, "", locale)} km`;
}

export function percent(pct: number, locale: string, digits = 0): string {
  // What is not whole is never said to be: 99.96 % is not 100 %.
  const scale = 10 ** digits;
  const rounded = Math.round(pct * scale) / scale;
  const honest = rounded >= 100 && pct < 100 ? 100 - 1 / scale : rounded <= 0 && pct > 0 ? 1 / scale : rounded;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(honest)} %`;
}

/** "06:42" of the city. */
export function hourMinute(at: string | number, timezone: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(typeof at === "number" ? at : Date.parse(at));
}

/** Within so much of its time, a truck is on time. */
export const PUNCTUAL_S = 300;

export type Lateness = "early" | "ontime" | "late";

export function lateness(late_s: number): Lateness {
  if (Math.abs(late_s) <= PUNCTUAL_S) return "ontime";
  return late_s > 0 ? "late" : "early";
}

/** The first eight digits of a checksum: enough to compare by eye. */
export const digest = (sha256: string): string => sha256.slice(0, 8);
