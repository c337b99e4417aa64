/** Incidents over HTTP, typed. */

import { json } from "../api";
import type { Incident, Severity } from "../alarms/types";
import type { Detail, Kept, NearUnit, Order } from "./types";

/** The server takes no larger file. */
export const MOST_FILE_BYTES = 16 << 20;

export const detail = (id: number, signal?: AbortSignal): Promise<Detail> => json(`/incidents/${id}`, { signal });

/** Do something once a key, as of the version that was seen. */
export const act = (id: number, version: number, key: string, order: Order): Promise<Incident> =>
  json(`/incidents/${id}/actions`, { method: "POST", body: { ...order, version, key } });

export const units = async (id: number, signal?: AbortSignal): Promise<NearUnit[]> =>
  (await json<{ units: NearUnit[] }>(`/incidents/${id}/units`, { signal })).units;

export interface NewIncident {
  severity: Severity;
  title: string;
  note: string;
  lat_deg: number | null;
  lon_deg: number | null;
  key: string;
}

export const open = (order: NewIncident): Promise<Incident> => json("/incidents", { method: "POST", body: order });

export const keep = (id: number, file: File): Promise<Kept> =>
  json(`/incidents/${id}/files?name=${encodeURIComponent(file.name.slice(0, 200))}`, {
    method: "POST",
    raw: new Blob([file], { type: "application/octet-stream" }),
  });

export const fileUrl = (id: number, sha256: string): string => `/api/incidents/${id}/files/${sha256}`;
export const archiveUrl = (id: number): string => `/api/incidents/${id}/export.zip`;
