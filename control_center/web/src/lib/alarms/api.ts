/** Alarms over HTTP, typed. */

import { json } from "../api";
import type { Alarm, AlarmComment, AlarmDetail, Alarms, Incidents } from "./types";

/** The server answers no more at once. */
export const PAGE = 500;

export const alarms = (before: number | null, signal?: AbortSignal): Promise<Alarms> =>
  json(`/alarms?state=active&limit=${PAGE}${before === null ? "" : `&before=${before}`}`, { signal });

export const alarmsSince = (from_ms: number, signal?: AbortSignal): Promise<Alarms> =>
  json(`/alarms?state=all&limit=${PAGE}&from=${new Date(from_ms).toISOString()}`, { signal });

export const alarm = (id: number, signal?: AbortSignal): Promise<AlarmDetail> => json(`/alarms/${id}`, { signal });

export type AlarmAct = "acknowledge" | "clear" | "close";

export const act = (id: number, what: AlarmAct, version: number, note = ""): Promise<Alarm> =>
  json(`/alarms/${id}/${what}`, { method: "POST", body: { version, note } });

export const assign = (id: number, version: number, assignee: string | null): Promise<Alarm> =>
  json(`/alarms/${id}/assign`, { method: "POST", body: { version, assignee } });

export const comment = async (id: number, text: string): Promise<AlarmComment[]> =>
  (await json<{ comments: AlarmComment[] }>(`/alarms/${id}/comments`, { method: "POST", body: { text } })).comments;

export const incidents = (
  state: "open" | "closed" | "all",
  before: number | null = null,
  signal?: AbortSignal,
): Promise<Incidents> =>
  json(`/incidents?state=${state}&limit=${PAGE}${before === null ? "" : `&before=${before}`}`, { signal });

export const incidentsSince = (from_ms: number, signal?: AbortSignal): Promise<Incidents> =>
  json(`/incidents?state=all&limit=${PAGE}&from=${new Date(from_ms).toISOString()}`, { signal });
