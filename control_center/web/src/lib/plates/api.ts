/** Plates and cameras over HTTP, typed. Reading hits, crops and searches is recorded by the server,
 * so nothing here is asked for more often than a person looks at it. */

import { json, request } from "../api";
import type { PlatesPlace } from "./address";
import type {
  Approved,
  Camera,
  Count,
  Entry,
  Found,
  Grain,
  Hit,
  HotList,
  Imported,
  NewEntry,
  NewList,
  PastSearch,
  Question,
} from "./types";

const iso = (ms: number): string => new Date(ms).toISOString();
const id = encodeURIComponent;

export const MOST_HITS = 200;
export const MOST_CSV_BYTES = 1 << 20;

export const hits = async (state: PlatesPlace["state"], signal?: AbortSignal): Promise<Hit[]> =>
  (await json<{ hits: Hit[] }>(`/plates/hits?state=${state}&limit=${MOST_HITS}`, { signal })).hits;

export const decide = (hit: number, accept: boolean, reason: string): Promise<Hit> =>
  json(`/plates/hits/${hit}/decision`, { method: "POST", body: { accept, reason } });

export const crop = async (hit: number, signal?: AbortSignal): Promise<Blob> =>
  (await request(`/plates/hits/${hit}/crop.jpg`, { signal })).blob();

export const search = (question: Question): Promise<Found> =>
  json("/plates/searches", { method: "POST", body: question });

export const searches = async (signal?: AbortSignal): Promise<PastSearch[]> =>
  (await json<{ searches: PastSearch[] }>("/plates/searches?limit=100", { signal })).searches;

export const lists = async (signal?: AbortSignal): Promise<HotList[]> =>
  (await json<{ lists: HotList[] }>("/plates/lists", { signal })).lists;

export const addList = (list: NewList): Promise<HotList> =>
  json("/plates/lists", { method: "POST", body: list });

export const entries = async (list: number, signal?: AbortSignal): Promise<Entry[]> =>
  (await json<{ entries: Entry[] }>(`/plates/lists/${list}/entries`, { signal })).entries;

export const propose = (
  list: number,
  entry: NewEntry,
): Promise<Entry> => json(`/plates/lists/${list}/entries`, { method: "POST", body: entry });

export const importCsv = (list: number, file: File): Promise<Imported> =>
  json(`/plates/lists/${list}/import`, { method: "POST", raw: new Blob([file], { type: "text/csv" }) });

export const approve = (entry: number): Promise<Approved> =>
  json(`/plates/entries/${entry}/approve`, { method: "POST" });

export const withdraw = (entry: number, reason: string): Promise<Entry> =>
  json(`/plates/entries/${entry}/withdraw`, { method: "POST", body: { reason } });

export const counts = async (
  from_ms: number,
  to_ms: number,
  by: Grain,
  signal?: AbortSignal,
): Promise<Count[]> => {
  const path = `/plates/counts?from=${iso(from_ms)}&to=${iso(to_ms)}&by=${by}`;
  return (await json<{ rows: Count[] }>(path, { signal })).rows;
};

/** The same as a file of comma-separated values. */
export const countsUrl = (from_ms: number, to_ms: number, by: Grain, device: string): string =>
  `/api/plates/counts.csv?from=${iso(from_ms)}&to=${iso(to_ms)}&by=${by}${device ? `&device_id=${id(device)}` : ""}`;

export const cameras = async (signal?: AbortSignal): Promise<Camera[]> =>
  (await json<{ cameras: Camera[] }>("/cameras", { signal })).cameras;

export const frame = (device: string, signal?: AbortSignal): Promise<Response> =>
  request(`/cameras/${id(device)}/frame.jpg`, { signal });
