/** The devices as the operator knows them, and how one live change alters them.
 *
 * Plain objects, changed in place by one function: a thousand changes a second
 * cost no more than their assignments. An older measurement never replaces a
 * newer one, and an unbelievable position never moves a dot.
 */

import { type Motion, rest, towards } from "./map/glide";
import { distance_m, mercator } from "./map/mercator";
import { flagNames, unbelievable } from "./quality";
import { doubts, type Mark, markOf, presenceAt } from "./state";
import type { Change, Device, FixChange, Presence, StatusChange, ValueChange } from "./types";

export interface Entry {
  device: Device;
  /** When it last spoke, by our clock. */
  seen_ms: number | null;
  /** When its presence last changed. */
  since_ms: number | null;
  /** Device time of the fix shown. */
  fix_ms: number;
  /** Why its newest position is not the one shown; empty when it is. */
  fixDoubt: string[];
  /** As reported, or between the last two fixes when the device does not say. */
  speed_kmh: number | null;
  motion: Motion | null;
  plates: { n: number; in: number; out: number; at: number } | null;
  /** The claim to be there, or gone, that ranks highest: session, gone, device time. */
  claim: [session: number, gone: number, at: number] | null;
  /** Derived; see `refresh`. */
  presence: Presence;
  doubt: string[];
  mark: Mark;
}

const parse = (iso: string | null): number | null => (iso === null ? null : Date.parse(iso));

/** Bring what follows from the rest up to date. True if the mark changed. */
export function refresh(entry: Entry, now_ms: number): boolean {
  const before = entry.mark;
  entry.presence = presenceAt(entry.device, entry.seen_ms, now_ms);
  entry.doubt = doubts(entry.device, entry.fixDoubt);
  entry.mark = markOf(entry.device, entry.presence, entry.doubt, entry.speed_kmh);
  return entry.mark !== before;
}

function place(device: Device): Motion | null {
  const { fix, lat_deg, lon_deg } = device;
  if (fix && !unbelievable(fix.flags)) return rest(mercator(fix.lon_deg, fix.lat_deg));
  return lat_deg === null || lon_deg === null ? null : rest(mercator(lon_deg, lat_deg));
}

/** A device as an answer of the API describes it. */
export function entryOf(device: Device, now_ms: number): Entry {
  const believed = device.fix !== null && !unbelievable(device.fix.flags);
  const entry: Entry = {
    device,
    seen_ms: parse(device.last_seen_at),
    since_ms: parse(device.since),
    fix_ms: device.fix && believed ? Date.parse(device.fix.measured_at) : 0,
    fixDoubt: [],
    speed_kmh: believed ? (device.fix?.speed_kmh ?? null) : null,
    motion: place(device),
    plates: null,
    claim: null,
    presence: device.presence,
    doubt: [],
    mark: "never",
  };
  refresh(entry, now_ms);
  return entry;
}

/** Take a newer description of a known device; the dot glides on from where it is. */
export function replace(entry: Entry, device: Device, now_ms: number): Entry {
  const next = entryOf(device, now_ms);
  next.plates = entry.plates;
  next.claim = entry.claim;
  if (next.motion && entry.motion && next.fix_ms <= entry.fix_ms) next.motion = entry.motion;
  return next;
}

function heard(entry: Entry, rx: number): void {
  entry.seen_ms = Math.max(entry.seen_ms ?? 0, rx);
}

/** A later session wins; within one, going offline; then the device's clock. */
function outranks(entry: Entry, change: StatusChange): boolean {
  const claim: Entry["claim"] = [change.s ?? 0, change.on ? 0 : 1, change.at];
  const known = entry.claim;
  const differs = known ? claim.findIndex((part, i) => part !== known[i]) : 0;
  if (known && (differs < 0 || (claim[differs] ?? 0) < (known[differs] ?? 0))) return false;
  entry.claim = claim;
  return true;
}

function takeStatus(entry: Entry, change: StatusChange): void {
  if (change.p === undefined) {
    if (change.on) heard(entry, change.rx);
    if (!outranks(entry, change)) return;
  }
  const { device } = entry;
  const before = device.presence;
  device.presence = change.p ?? (change.on ? "online" : "offline");
  // A will carries the time of the connection, so when it came is what tells.
  if (device.presence !== before) entry.since_ms = change.rx;
}

function moveTo(entry: Entry, change: FixChange, now_ms: number): void {
  const flags = flagNames(change.f);
  if (unbelievable(flags)) {
    entry.fixDoubt = flags;
    return;
  }
  if (change.at < entry.fix_ms) return;
  const { device } = entry;
  const to = mercator(change.lon, change.lat);
  const gap_ms = change.at - entry.fix_ms;
  const there = { lat_deg: change.lat, lon_deg: change.lon };
  const leap_m = device.fix ? distance_m(device.fix, there) : Infinity;
  entry.motion = entry.motion ? towards(entry.motion, to, now_ms, gap_ms, leap_m) : rest(to);
  entry.speed_kmh =
    change.v ?? (Number.isFinite(leap_m) && gap_ms > 0 ? (leap_m / gap_ms) * 3600 : null);
  entry.fix_ms = change.at;
  entry.fixDoubt = [];
  device.fix = {
    ...there,
    speed_kmh: change.v,
    heading_deg: change.h ?? device.fix?.heading_deg ?? null,
    measured_at: new Date(change.at).toISOString(),
    flags,
  };
}

function takeValues(entry: Entry, change: ValueChange): void {
  const { values } = entry.device;
  for (const [metric, value] of Object.entries(change.m)) {
    const known = values[metric];
    if (known && Date.parse(known.measured_at) > change.at) continue;
    values[metric] = {
      value,
      measured_at: new Date(change.at).toISOString(),
      flags: flagNames(change.f?.[metric] ?? 0),
    };
  }
}

/** When its presence became what it is: silence begins with the last word. */
export function sinceOf({ presence, seen_ms, since_ms }: Entry): number | null {
  return presence === "silent" ? seen_ms : since_ms;
}

/** Apply one change to the device it is about.
 *
 * `now_ms` is this machine's clock, which the animation runs on; `server_ms` the server's.
 */
export function apply(
  entry: Entry,
  change: Change,
  now_ms: number,
  server_ms: number = now_ms,
): void {
  switch (change.t) {
    case "fix":
      heard(entry, change.rx);
      moveTo(entry, change, now_ms);
      break;
    case "val":
      heard(entry, change.rx);
      takeValues(entry, change);
      break;
    case "st":
      takeStatus(entry, change);
      break;
    case "pl": {
      heard(entry, change.rx);
      const seen = entry.plates ?? { n: 0, in: 0, out: 0, at: 0 };
      entry.plates = {
        n: seen.n + change.n,
        in: seen.in + (change.dir?.in ?? 0),
        out: seen.out + (change.dir?.out ?? 0),
        at: change.at,
      };
      break;
    }
    case "ev":
      heard(entry, change.rx);
      break;
    case "dev":
      return;
  }
  refresh(entry, server_ms);
}
