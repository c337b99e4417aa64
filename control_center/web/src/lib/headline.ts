/** The one number that says most about a device of each kind. */

import type { Entry } from "./changes";
import { mobile } from "./state";
import type { Kind } from "./types";

const FIRST: Partial<Record<Kind, readonly string[]>> = {
  air: ["pm25_ugm3", "pm10_ugm3", "o3_ppb", "no2_ppb", "so2_ppb", "co_ppm"],
  noise: ["laeq_db", "lamax_db"],
  camera: ["vehicle_count"],
  counter: ["people_count", "vehicle_count", "in_count"],
  panic: ["battery_pct"],
  power: ["mains_v", "solar_w", "load_w", "battery_pct"],
};

export interface Headline {
  metric: string;
  value: number;
  flags: readonly string[];
}

export function headline(entry: Entry): Headline | null {
  const { device } = entry;
  if (mobile(device.kind)) {
    if (entry.speed_kmh === null && !entry.fixDoubt.length) return null;
    return { metric: "speed_kmh", value: entry.speed_kmh ?? 0, flags: entry.fixDoubt };
  }
  for (const metric of FIRST[device.kind] ?? []) {
    const found = device.values[metric];
    if (found) return { metric, value: found.value, flags: found.flags };
  }
  const [metric] = Object.keys(device.values);
  const found = metric === undefined ? undefined : device.values[metric];
  return metric && found ? { metric, value: found.value, flags: found.flags } : null;
}
