/** What we say of a device at a glance: one word, the same on the map, in the table and in the legend. */

import { unbelievable } from "./quality";
import type { Device, Kind, Presence } from "./types";

export type Mark =
  | "moving"
  | "stopped"
  | "ok"
  | "silent"
  | "offline"
  | "doubtful"
  | "never"
  | "pending"
  | "revoked";

/** In the order of the legend. */
export const MARKS: readonly Mark[] = [
  "moving",
  "stopped",
  "ok",
  "silent",
  "offline",
  "doubtful",
  "never",
  "pending",
  "revoked",
];

/** Worst first: what an operator wants on top. */
const URGENCY: readonly Mark[] = [
  "offline",
  "silent",
  "doubtful",
  "pending",
  "never",
  "moving",
  "stopped",
  "ok",
  "revoked",
];

export const urgency = (mark: Mark): number => URGENCY.indexOf(mark);

const MOBILE: ReadonlySet<Kind> = new Set(["truck", "bus"]);
const MOVING_KMH = 3;

export const mobile = (kind: Kind): boolean => MOBILE.has(kind);

/** Presence, aged: an online device that has said nothing for its limit is silent. */
export function presenceAt(device: Device, seen_ms: number | null, now_ms: number): Presence {
  if (device.presence === "offline" || device.presence === "never") return device.presence;
  if (seen_ms === null) return device.presence;
  return now_ms - seen_ms > device.silence_s * 1000 ? "silent" : "online";
}

/** Reasons not to believe what it says now; empty when there is none. */
export function doubts(device: Device, fixDoubt: readonly string[]): string[] {
  const found = new Set(fixDoubt);
  if (device.fix) for (const flag of device.fix.flags) found.add(flag);
  for (const value of Object.values(device.values)) {
    for (const flag of value.flags) found.add(flag);
  }
  return [...found];
}

export function markOf(
  device: Device,
  presence: Presence,
  doubt: readonly string[],
  speed_kmh: number | null,
): Mark {
  if (device.state !== "active") return device.state;
  if (presence !== "online") return presence;
  if (unbelievable(doubt)) return "doubtful";
  if (!mobile(device.kind)) return "ok";
  return (speed_kmh ?? 0) >= MOVING_KMH ? "moving" : "stopped";
}
