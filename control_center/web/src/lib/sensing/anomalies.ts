/** Which anomalies are shown, which one an address means. Pure. */

import type { Show } from "../address";
import type { Anomaly } from "./types";

export function shown(anomalies: readonly Anomaly[], show: Show): Anomaly[] {
  switch (show) {
    case "unmarked":
      return anomalies.filter(({ is_true }) => is_true === null);
    case "open":
      return anomalies.filter(({ ended_at }) => ended_at === null);
    case "marked":
      return anomalies.filter(({ is_true }) => is_true !== null);
    case "all":
      return [...anomalies];
  }
}

const SAME_MS = 1_000;

/** The one an address means: by its number, or by the instant an event names. */
export function meant(
  anomalies: readonly Anomaly[],
  { anomaly, at_ms }: { anomaly: number | null; at_ms: number | null },
): Anomaly | null {
  if (anomaly !== null) return anomalies.find((one) => one.anomaly_id === anomaly) ?? null;
  if (at_ms === null) return null;
  return anomalies.find((one) => Math.abs(Date.parse(one.started_at) - at_ms) < SAME_MS) ?? null;
}

/** Metrics that count things by the hour or the like: there is no series of them to draw. */
const COUNTS: ReadonlySet<string> = new Set(["passages", "messages"]);

export const drawable = ({ metric, why }: Pick<Anomaly, "metric" | "why">): boolean =>
  !COUNTS.has(metric) && why !== "silence";
