/** Where the truck was at any time of its day, and which blocks were done by then. Pure.
 *
 * Between two fixes it goes straight at constant speed. Across a silence nothing is
 * made up: it stays where it was last heard, and is said to be silent.
 */

import { mercator, type Point } from "../map/mercator";
import { unbelievable } from "../quality";
import type { TracePoint } from "./types";

/** Without a fix for so long, where it went is not known. */
export const HOLE_MS = 120_000;

export interface Trace {
  /** (n,) epoch ms, strictly increasing. */
  t_ms: Float64Array;
  /** (n,) unit square of the map. */
  x: Float64Array;
  y: Float64Array;
  /** (n,) NaN where not reported. */
  kmh: Float64Array;
}

export interface Moment {
  at: Point;
  /** Degrees from north, clockwise; null: it stands. */
  heading_deg: number | null;
  kmh: number | null;
  /** Nothing was heard around this time. */
  silent: boolean;
}

/** A day's fixes without those that cannot be believed. */
export function traceOf(points: readonly TracePoint[]): Trace {
  const kept: TracePoint[] = [];
  for (const point of [...points].sort((a, b) => a[0] - b[0])) {
    if (unbelievable(point[4]) || point[0] === kept.at(-1)?.[0]) continue;
    kept.push(point);
  }
  const trace: Trace = {
    t_ms: new Float64Array(kept.length),
    x: new Float64Array(kept.length),
    y: new Float64Array(kept.length),
    kmh: new Float64Array(kept.length),
  };
  kept.forEach(([t_ms, lon, lat, kmh], i) => {
    const { x, y } = mercator(lon, lat);
    trace.t_ms[i] = t_ms;
    trace.x[i] = x;
    trace.y[i] = y;
    trace.kmh[i] = kmh ?? NaN;
  });
  return trace;
}

/** Row of the last fix at or before a time; -1: none yet. */
export function indexAt({ t_ms }: Trace, at_ms: number): number {
  let [low, high] = [0, t_ms.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (t_ms[middle]! <= at_ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const STANDS = 2e-9; // of the unit square: some 8 cm

/** Where the truck is at a time; null: it has sent nothing at all. */
export function momentAt(trace: Trace, at_ms: number): Moment | null {
  const n = trace.t_ms.length;
  if (!n) return null;
  const i = indexAt(trace, at_ms);
  const point = (k: number): Point => ({ x: trace.x[k]!, y: trace.y[k]! });
  const kmh = (k: number): number | null => (Number.isNaN(trace.kmh[k]!) ? null : trace.kmh[k]!);
  if (i < 0) {
    const silent = trace.t_ms[0]! - at_ms > HOLE_MS;
    return { at: point(0), heading_deg: null, kmh: silent ? null : kmh(0), silent };
  }
  if (i === n - 1) {
    const silent = at_ms - trace.t_ms[i]! > HOLE_MS;
    return { at: point(i), heading_deg: headingAt(trace, i), kmh: silent ? null : kmh(i), silent };
  }
  const gap_ms = trace.t_ms[i + 1]! - trace.t_ms[i]!;
  if (gap_ms > HOLE_MS) {
    const inside = at_ms > trace.t_ms[i]!;
    return { at: point(i), heading_deg: null, kmh: inside ? null : kmh(i), silent: inside };
  }
  const done = (at_ms - trace.t_ms[i]!) / gap_ms;
  const [a, b] = [point(i), point(i + 1)];
  return {
    at: { x: a.x + (b.x - a.x) * done, y: a.y + (b.y - a.y) * done },
    heading_deg: headingAt(trace, i),
    kmh: kmh(i),
    silent: false,
  };
}

/** The way it drives at a row: of the next stretch that is one, else of the last. */
function headingAt(trace: Trace, i: number): number | null {
  const near = 12;
  for (let k = i; k < Math.min(i + near, trace.t_ms.length - 1); k += 1) {
    const found = bearing(trace, k);
    if (found !== null) return found;
  }
  for (let k = i - 1; k >= Math.max(0, i - near); k -= 1) {
    const found = bearing(trace, k);
    if (found !== null) return found;
  }
  return null;
}

function bearing(trace: Trace, k: number): number | null {
  const dx = trace.x[k + 1]! - trace.x[k]!;
  const dy = trace.y[k + 1]! - trace.y[k]!;
  if (Math.hypot(dx, dy) < STANDS) return null;
  return ((Math.atan2(dx, -dy) * 180) / Math.PI + 360) % 360;
}

/** Rows [from, to) cut where nothing was heard: stretches that may be joined by a line. */
export function stretches(trace: Trace, from_ms = -Infinity, to_ms = Infinity): [number, number][] {
  const out: [number, number][] = [];
  const first = Math.max(0, indexAt(trace, from_ms - 1) + 1);
  const end = indexAt(trace, to_ms) + 1;
  let began = first;
  for (let i = first + 1; i < end; i += 1) {
    if (trace.t_ms[i]! - trace.t_ms[i - 1]! > HOLE_MS) {
      out.push([began, i]);
      began = i;
    }
  }
  if (end > began) out.push([began, end]);
  return out;
}

export interface Extent {
  from_ms: number;
  to_ms: number;
}

/** What the slider spans: what was driven, or the window where nothing was. */
export function extentOf(trace: Trace, window: [string, string]): Extent {
  const n = trace.t_ms.length;
  if (n > 1) return { from_ms: trace.t_ms[0]!, to_ms: trace.t_ms[n - 1]! };
  return { from_ms: Date.parse(window[0]), to_ms: Date.parse(window[1]) };
}

export const clampTo = ({ from_ms, to_ms }: Extent, at_ms: number): number =>
  Math.min(to_ms, Math.max(from_ms, at_ms));

/** Where an instant lies on the slider, 0 to 1. */
export function fractionOf(extent: Extent, at_ms: number): number {
  const length = extent.to_ms - extent.from_ms;
  return length > 0 ? (clampTo(extent, at_ms) - extent.from_ms) / length : 0;
}

/** A span as left and width of the slider, 0 to 1; null: it is not on it. */
export function spanOf(extent: Extent, from_ms: number, to_ms: number): [left: number, width: number] | null {
  if (to_ms < extent.from_ms || from_ms > extent.to_ms) return null;
  const left = fractionOf(extent, from_ms);
  return [left, fractionOf(extent, to_ms) - left];
}

/** What a key does to the slider; null: nothing. */
export function keyed(
  extent: Extent,
  at_ms: number,
  { key, shiftKey }: Pick<KeyboardEvent, "key" | "shiftKey">,
): number | null {
  const step_ms = shiftKey ? 300_000 : 30_000;
  const to = {
    ArrowRight: at_ms + step_ms,
    ArrowUp: at_ms + step_ms,
    ArrowLeft: at_ms - step_ms,
    ArrowDown: at_ms - step_ms,
    PageUp: at_ms + 900_000,
    PageDown: at_ms - 900_000,
    Home: extent.from_ms,
    End: extent.to_ms,
  }[key];
  return to === undefined ? null : clampTo(extent, to);
}
