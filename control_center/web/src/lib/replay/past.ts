/** A past window as it was at any instant of it: what was open, where who was, what had been said. Pure. */

import type { Alarm, Incident } from "../alarms/types";
import type { State } from "../incidents/types";
import type { components } from "../openapi";

export type Past = components["schemas"]["Replay"];
export type Line = components["schemas"]["ReplayLine"];
type Position = readonly [at_ms: number, lon: number, lat: number];

const HOUR_MS = 3_600_000;
/** Without a position for so many steps, where it was is not known. */
const HOLE_STEPS = 4;
const LEAST_HOLE_MS = 120_000;

const ms = (at: string | null): number => (at === null ? Infinity : Date.parse(at));

/** Index of the last element at or before; -1: none yet. */
export function lastBefore(times: readonly number[], at_ms: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= at_ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export interface Whereabouts {
  lon: number;
  lat: number;
  /** It has moved since its last position. */
  moving: boolean;
}

const ENOUGH_DEG = 0.0001; // some ten metres

/** Where a device was; null: it had not been heard for too long, or not yet. Nothing is made up between positions. */
export function whereAt(track: readonly Position[], at_ms: number, step_s: number): Whereabouts | null {
  const i = lastBefore(track.map(([at]) => at), at_ms);
  const here = track[i];
  if (!here || at_ms - here[0] > Math.max(LEAST_HOLE_MS, step_s * HOLE_STEPS * 1_000)) return null;
  const before = track[i - 1];
  const moving = before !== undefined && Math.hypot(before[1] - here[1], before[2] - here[2]) > ENOUGH_DEG;
  return { lon: here[1], lat: here[2], moving };
}

/** Alarms that were open, in the state of then. */
export function alarmsAt(alarms: readonly Alarm[], at_ms: number): Alarm[] {
  return alarms.flatMap((one): Alarm[] => {
    if (ms(one.raised_at) > at_ms || ms(one.closed_at) <= at_ms) return [];
    const then = (at: string | null): string | null => (ms(at) <= at_ms ? at : null);
    const acknowledged_at = then(one.acknowledged_at);
    return [
      {
        ...one,
        acknowledged_at,
        acknowledged_by: acknowledged_at && one.acknowledged_by,
        cleared_at: then(one.cleared_at),
        closed_at: null,
      },
    ];
  });
}

/** Where an incident stood; null: it was not open yet. */
export function stateAt(one: Incident, at_ms: number): State | null {
  if (ms(one.opened_at) > at_ms) return null;
  const reached: [State, string | null][] = [
    [one.state === "false" ? "false" : "closed", one.closed_at],
    ["resolved", one.resolved_at],
    ["on_scene", one.on_scene_at],
    ["dispatched", one.dispatched_at],
    ["acknowledged", one.acknowledged_at],
  ];
  return reached.find(([, at]) => ms(at) <= at_ms)?.[0] ?? "new";
}

/** Incidents that were open, in the state of then. */
export function incidentsAt(incidents: readonly Incident[], at_ms: number): Incident[] {
  return incidents.flatMap((one): Incident[] => {
    const state = stateAt(one, at_ms);
    return state === null || state === "closed" || state === "false"
      ? []
      : [{ ...one, state, overdue: false, next_due: null }];
  });
}

/** The log up to an instant, the newest first. */
export function logAt(log: readonly Line[], at_ms: number, incident: number | null, most = 60): Line[] {
  return log
    .filter((line) => ms(line.at) <= at_ms && (incident === null || line.incident_id === incident))
    .sort((a, b) => ms(b.at) - ms(a.at))
    .slice(0, most);
}

/** Means of the hour: [device, metric, mean] each. */
export function readingsAt(readings: Past["readings"], at_ms: number): [device: string, metric: string, mean: number][] {
  return Object.entries(readings).flatMap(([device, metrics]) =>
    Object.entries(metrics).flatMap(([metric, points]): [string, string, number][] => {
      const found = points.find(([hour]) => hour <= at_ms && at_ms < hour + HOUR_MS);
      return found && found[1] !== null ? [[device, metric, found[1]]] : [];
    }),
  );
}

export interface Passed {
  device_id: string;
  in: number;
  out: number;
  other: number;
}

/** Plates of the hour by camera. */
export function passagesAt(passages: Past["passages"], at_ms: number): Passed[] {
  const found = new Map<string, Passed>();
  for (const { device_id, hour, direction, n } of passages) {
    const began = ms(hour);
    if (began > at_ms || at_ms >= began + HOUR_MS) continue;
    const sum = found.get(device_id) ?? { device_id, in: 0, out: 0, other: 0 };
    sum[direction === "in" || direction === "out" ? direction : "other"] += n;
    found.set(device_id, sum);
  }
  return [...found.values()].sort((a, b) => a.device_id.localeCompare(b.device_id));
}

/** Instants at which something happened, to step from one to the next. */
export function momentsOf({ alarms, log }: Pick<Past, "alarms" | "log">): number[] {
  return [...new Set([...alarms.map((one) => ms(one.raised_at)), ...log.map((one) => ms(one.at))])].sort((a, b) => a - b);
}
