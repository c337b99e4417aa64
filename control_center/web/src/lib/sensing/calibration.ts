/** Calibrations as they hold, and orders as they are typed: value = gain × measured + offset. Pure. */

import { instantOf } from "../plates/times";
import type { Calibration, Visit } from "./types";

export type Standing = "holds" | "coming" | "past";

/** One calibration and when it holds. */
export interface Held {
  calibration: Calibration;
  standing: Standing;
  from_ms: number;
  /** Its own end, or where the next of its metric begins; null: neither is known. */
  until_ms: number | null;
}

/** What is typed for a calibration, as the fields hold it. */
export interface TypedCalibration {
  metric: string;
  gain: string;
  offset: string;
  from: string;
  /** Empty: until the next. */
  to: string;
  note: string;
}

export interface TypedVisit {
  at: string;
  note: string;
}

/** The API's own bounds. */
export const MOST_GAIN = 1_000;
export const MOST_OFFSET = 1_000_000;
export const MOST_NOTE = 1_000;

/** When each holds, the newest beginning first; of one metric at most one holds at any instant. */
export function held(calibrations: readonly Calibration[], now_ms: number): Held[] {
  const newest = [...calibrations].sort((a, b) => Date.parse(b.valid_from) - Date.parse(a.valid_from));
  const next = new Map<string, number>();
  return newest.map((calibration): Held => {
    const from_ms = Date.parse(calibration.valid_from);
    const ends = [calibration.valid_to && Date.parse(calibration.valid_to), next.get(calibration.metric)];
    const until = Math.min(...ends.map((end) => end || Infinity));
    next.set(calibration.metric, from_ms);
    const standing = from_ms > now_ms ? "coming" : until > now_ms ? "holds" : "past";
    return { calibration, standing, from_ms, until_ms: Number.isFinite(until) ? until : null };
  });
}

/** The one of a metric that holds at an instant; null: values are read as they were measured. */
export const holding = (all: readonly Held[], metric: string, at_ms: number): Calibration | null =>
  all.find(
    ({ calibration, from_ms, until_ms }) =>
      calibration.metric === metric && from_ms <= at_ms && at_ms < (until_ms ?? Infinity),
  )?.calibration ?? null;

export const calibrated = (raw: number, { gain, offset }: Pick<Calibration, "gain" | "offset">): number =>
  gain * raw + offset;

/** The number that was typed, with a decimal point; null: it is none. A comma is never guessed at. */
export function numberOf(text: string): number | null {
  const plain = text.trim().replace("−", "-");
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : null;
}

export function gainOf(text: string): number | null {
  const gain = numberOf(text);
  return gain !== null && gain > 0 && gain <= MOST_GAIN ? gain : null;
}

export function offsetOf(text: string): number | null {
  const offset = numberOf(text);
  return offset !== null && Math.abs(offset) <= MOST_OFFSET ? offset : null;
}

const WHEN = /^2\d{3}-\d\d-\d\dT\d\d:\d\d/;

/** The instant of a field for date and hour, from the year 2000 on; null: none is typed. */
export const whenOf = (text: string, timezone: string): number | null =>
  WHEN.test(text) ? instantOf(text, timezone) : null;

/** Why a field is not taken. */
export type Fault = "metric" | "gain" | "offset" | "when" | "order" | "taken" | "future" | "why" | "done";

export type Faults<T> = Partial<Record<keyof T, Fault>>;

export function calibrationFaults(
  typed: TypedCalibration,
  known: readonly Calibration[],
  timezone: string,
): Faults<TypedCalibration> {
  const from_ms = whenOf(typed.from, timezone);
  const to_ms = whenOf(typed.to, timezone);
  const faults: Faults<TypedCalibration> = {};
  if (!typed.metric) faults.metric = "metric";
  if (gainOf(typed.gain) === null) faults.gain = "gain";
  if (offsetOf(typed.offset) === null) faults.offset = "offset";
  if (from_ms === null) faults.from = "when";
  else if (known.some((one) => one.metric === typed.metric && Date.parse(one.valid_from) === from_ms))
    faults.from = "taken";
  if (typed.to && to_ms === null) faults.to = "when";
  else if (from_ms !== null && to_ms !== null && to_ms <= from_ms) faults.to = "order";
  if (!typed.note.trim()) faults.note = "why";
  return faults;
}

export function visitFaults(typed: TypedVisit, now_ms: number, timezone: string): Faults<TypedVisit> {
  const at_ms = whenOf(typed.at, timezone);
  const faults: Faults<TypedVisit> = {};
  if (at_ms === null) faults.at = "when";
  else if (at_ms > now_ms) faults.at = "future";
  if (!typed.note.trim()) faults.note = "done";
  return faults;
}

/** A visit noted at that instant already, whose note would be replaced; null: none. */
export const sameVisit = (visits: readonly Visit[], at_ms: number | null): Visit | null =>
  visits.find(({ done_at }) => Date.parse(done_at) === at_ms) ?? null;
