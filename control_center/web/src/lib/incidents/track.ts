/** What a change of an incident means for a page that shows it: a new place, or more. Pure. */

import type { Incident } from "../alarms/types";

/** What tells no story of its own. */
const PLACE: ReadonlySet<string> = new Set(["lat_deg", "lon_deg", "last_at", "version"]);

/** Whether only the place is new: the page needs not be read again, which would be on record. */
export function onlyMoved(before: Incident, after: Incident): boolean {
  if (before.lat_deg === after.lat_deg && before.lon_deg === after.lon_deg) return false;
  const keys = Object.keys(after) as (keyof Incident)[];
  return keys.every((key) => PLACE.has(key) || JSON.stringify(before[key]) === JSON.stringify(after[key]));
}

export type Point = [at_ms: number, lon: number, lat: number];

/** A track with the newest place at its end; the same place twice is one. */
export function extended(track: readonly Point[], at_ms: number, lon: number, lat: number): Point[] {
  const last = track.at(-1);
  if (last && last[1] === lon && last[2] === lat) return [...track];
  return [...track, [at_ms, lon, lat]];
}

/** Great-circle bounds around points with room at each side, degrees; null: there are none. */
export function around(
  points: readonly { lon: number; lat: number }[],
  least_deg = 0.006,
): [west: number, south: number, east: number, north: number] | null {
  if (!points.length) return null;
  const lons = points.map(({ lon }) => lon);
  const lats = points.map(({ lat }) => lat);
  const [west, east] = [Math.min(...lons), Math.max(...lons)];
  const [south, north] = [Math.min(...lats), Math.max(...lats)];
  const pad = (low: number, high: number): number => Math.max(least_deg - (high - low), 0) / 2;
  const [x, y] = [pad(west, east), pad(south, north)];
  return [west - x, south - y, east + x, north + y];
}
