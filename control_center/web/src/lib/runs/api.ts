/** Routes, runs, reviews and reports over HTTP, typed. */

import { json } from "../api";
import type { By } from "../address";
import type {
  Eta,
  NewReview,
  Review,
  RouteInfo,
  Run,
  RunAnswer,
  Summary,
  TracePoint,
} from "./types";

export const FILES = ["pdf", "csv", "geojson", "gpx"] as const;
export type FileKind = (typeof FILES)[number];

function query(values: Record<string, string | number | null | undefined>): string {
  const made = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "") made.set(name, String(value));
  }
  const text = made.toString();
  return text ? `?${text}` : "";
}

export const routes = async (signal?: AbortSignal): Promise<RouteInfo[]> =>
  (await json<{ routes: RouteInfo[] }>("/routes", { signal })).routes;

export const runs = async (from: string, to: string, signal?: AbortSignal): Promise<Run[]> =>
  (await json<{ runs: Run[] }>(`/runs${query({ from, to })}`, { signal })).runs;

export const run = (
  id: number,
  revision: number | null,
  signal?: AbortSignal,
): Promise<RunAnswer> => json(`/runs/${id}${query({ revision })}`, { signal });

export const map = (
  id: number,
  revision: number | null,
  signal?: AbortSignal,
): Promise<GeoJSON.FeatureCollection> => json(`/runs/${id}/map.geojson${query({ revision })}`, { signal });

export const trace = async (id: number, signal?: AbortSignal): Promise<TracePoint[]> =>
  (await json<{ points: TracePoint[] }>(`/runs/${id}/trace`, { signal })).points;

export const review = (id: number, review: NewReview): Promise<Review> =>
  json(`/runs/${id}/reviews`, { method: "POST", body: review });

/** Keep a photo; the answer is its name. */
export const attach = async (photo: Blob): Promise<string> =>
  (await json<{ sha256: string }>("/attachments", { method: "POST", raw: photo })).sha256;

export const attachmentUrl = (sha256: string): string => `/api/attachments/${sha256}`;

export const summary = (
  by: By,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<Summary> => json(`/reports/summary${query({ by, from, to })}`, { signal });

export const summaryUrl = (kind: "csv" | "pdf", by: By, from: string, to: string, lang: string): string =>
  `/api/reports/summary.${kind}${query({ by, from, to, lang })}`;

export const reportUrl = (
  id: number,
  kind: FileKind,
  lang: string,
  revision: number | null,
): string => `/api/runs/${id}/report.${kind}${query({ lang, revision })}`;

/** When the truck passes an address: one answer a route that serves it. */
export const eta = async (text: string, signal?: AbortSignal): Promise<Eta[]> =>
  (await json<{ answers: Eta[] }>(`/eta${query({ q: text })}`, { signal })).answers;
