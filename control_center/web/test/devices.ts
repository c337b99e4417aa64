/** A device to begin with; what a test is about, it says itself. */

import { type Entry, entryOf } from "../src/lib/changes";
import type { Device, FixChange } from "../src/lib/types";

export const NOW = Date.parse("2026-01-02T12:00:00Z");

export function device(said: Partial<Device> = {}): Device {
  return {
    device_id: "T-07",
    kind: "truck",
    name: "Recolector 07",
    state: "active",
    presence: "online",
    since: null,
    last_seen_at: new Date(NOW - 5_000).toISOString(),
    lat_deg: null,
    lon_deg: null,
    fix: {
      lat_deg: 18.14,
      lon_deg: -94.45,
      speed_kmh: 20,
      heading_deg: 90,
      measured_at: new Date(NOW - 5_000).toISOString(),
      flags: [],
    },
    values: {},
    firmware: null,
    silence_s: 120,
    ...said,
  };
}

export const entry = (said: Partial<Device> = {}): Entry => entryOf(device(said), NOW);

export const fix = (said: Partial<FixChange> = {}): FixChange => ({
  t: "fix",
  d: "T-07",
  lat: 18.1405,
  lon: -94.45,
  v: 25,
  h: 0,
  at: NOW,
  rx: NOW + 40,
  f: 0,
  ...said,
});
