/** A day of deliveries by hour, the hours without any included: silence is shown, not skipped. Pure. */

import type { LedgerHour } from "./types";

const HOUR_MS = 3_600_000;

/** The 24 hours that end with the present one, oldest first. */
export function wholeDay(known: readonly LedgerHour[], now_ms: number): LedgerHour[] {
  const byHour = new Map(known.map((hour) => [Date.parse(hour.hour), hour]));
  const last_ms = Math.floor(now_ms / HOUR_MS) * HOUR_MS;
  return Array.from({ length: 24 }, (_, i) => {
    const start_ms = last_ms - (23 - i) * HOUR_MS;
    const nothing = { sent: 0, stored: 0, rejected: 0, duplicates: 0, missing: 0 };
    return byHour.get(start_ms) ?? { hour: new Date(start_ms).toISOString(), ...nothing };
  });
}
