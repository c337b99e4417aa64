/** Shifts over HTTP, typed. */

import { json } from "../api";
import type { components } from "../openapi";

export type Shift = components["schemas"]["ShiftAnswer"];
export type CurrentShift = components["schemas"]["CurrentShift"];

export const current = (signal?: AbortSignal): Promise<CurrentShift> => json("/shifts/current", { signal });
export const past = async (signal?: AbortSignal): Promise<Shift[]> =>
  (await json<{ shifts: Shift[] }>("/shifts?limit=30", { signal })).shifts;
export const begin = (): Promise<Shift> => json("/shifts", { method: "POST" });
export const handOver = (note: string, to: string | null): Promise<Shift> =>
  json("/shifts/handover", { method: "POST", body: { note, to } });
export const accept = (id: number): Promise<Shift> => json(`/shifts/${id}/accept`, { method: "POST" });

/** What was open when a shift was handed over, as far as it says. */
export interface LeftOpen {
  incidents: { incident_id: number; kind: string; severity: string; state: string; assignee: string | null }[];
}

export function leftOpen(shift: Shift): LeftOpen["incidents"] {
  const said = shift.open["incidents"];
  return Array.isArray(said) ? (said as LeftOpen["incidents"]) : [];
}
