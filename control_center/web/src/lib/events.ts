/** Events of before and of now in one list, each once, newest first. Pure. */

import type { EventChange, PastEvent } from "./types";

export interface Happening {
  key: string;
  device_id: string;
  device_name: string | null;
  at_ms: number;
  type: string;
  severity: string | null;
  value: number | null;
  unit: string | null;
  text: string | null;
}

/** One station may say the same of two metrics at once; the text tells them apart. */
const keyOf = (device_id: string, at_ms: number, type: string, text: string | null): string =>
  `${device_id} ${at_ms} ${type} ${text ?? ""}`;

function ofLive({ d, at, type, sev, text }: EventChange): Happening {
  return {
    key: keyOf(d, at, type, text),
    device_id: d,
    at_ms: at,
    type,
    severity: sev,
    text,
    ...{ device_name: null, value: null, unit: null },
  };
}

function ofPast(past: PastEvent): Happening {
  const { device_id, device_name, type, severity, value, unit, text } = past;
  const at_ms = Math.floor(Date.parse(past.measured_at));
  const key = keyOf(device_id, at_ms, type, text);
  return { key, device_id, device_name, at_ms, type, severity, value, unit, text };
}

/** Both lists as one; what the server remembers says more than what was heard live. */
export function happenings(
  live: readonly EventChange[],
  past: readonly PastEvent[],
): Happening[] {
  const found = new Map<string, Happening>();
  for (const one of [...live.map(ofLive), ...past.map(ofPast)]) found.set(one.key, one);
  return [...found.values()].sort((a, b) => b.at_ms - a.at_ms);
}
