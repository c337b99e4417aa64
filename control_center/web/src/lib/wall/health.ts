/** What a wall and a manager read of the whole city: few figures, each counted one way. Pure. */

import type { Alarm, Incident } from "../alarms/types";
import type { Entry } from "../changes";
import { mobile } from "../state";

export interface Fleet {
  moving: number;
  stopped: number;
  silent: number;
  all: number;
}

export function fleetOf(entries: Iterable<Entry>): Fleet {
  const found: Fleet = { moving: 0, stopped: 0, silent: 0, all: 0 };
  for (const { device, mark } of entries) {
    if (!mobile(device.kind) || device.state !== "active") continue;
    found.all += 1;
    if (mark === "moving") found.moving += 1;
    else if (mark === "silent" || mark === "offline" || mark === "never") found.silent += 1;
    else found.stopped += 1;
  }
  return found;
}

/** Devices of one kind that speak, of those that should. */
export function speaking(entries: Iterable<Entry>, kind: string): [on: number, of: number] {
  let [on, of] = [0, 0];
  for (const { device, presence } of entries) {
    if (device.kind !== kind || device.state !== "active") continue;
    of += 1;
    if (presence === "online") on += 1;
  }
  return [on, of];
}

/** The middle one; null: there are none. */
export function median(values: readonly number[]): number | null {
  if (!values.length) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

export interface Day {
  opened: number;
  open: number;
  closed: number;
  false: number;
  overdue: number;
  escalated: number;
  /** The middle incident's, seconds; null: none got so far. */
  acknowledge_s: number | null;
  dispatch_s: number | null;
  resolve_s: number | null;
  alarms: number;
  kinds: [kind: string, n: number][];
}

const apart = (rows: readonly Incident[], until: (row: Incident) => string | null): number[] =>
  rows.flatMap((row) => {
    const at = until(row);
    return at === null ? [] : [(Date.parse(at) - Date.parse(row.opened_at)) / 1000];
  });

/** A day's incidents in figures. */
export function dayOf(incidents: readonly Incident[], alarms: readonly Alarm[]): Day {
  const kinds = new Map<string, number>();
  for (const { kind } of incidents) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const is = (state: string): number => incidents.filter((one) => one.state === state).length;
  return {
    opened: incidents.length,
    closed: is("closed"),
    false: is("false"),
    open: incidents.length - is("closed") - is("false"),
    overdue: incidents.filter((one) => one.overdue).length,
    escalated: incidents.filter((one) => one.escalated_to !== null).length,
    acknowledge_s: median(apart(incidents, (one) => one.acknowledged_at)),
    dispatch_s: median(apart(incidents, (one) => one.dispatched_at)),
    resolve_s: median(apart(incidents, (one) => one.resolved_at)),
    alarms: alarms.length,
    kinds: [...kinds].sort((a, b) => b[1] - a[1]).slice(0, 6),
  };
}
