/** The audit over HTTP, typed. Looking at it is recorded too, so nothing asks by itself. */

import { json } from "../api";
import type { components } from "../openapi";
import type { AuditPlace } from "./address";

type Schemas = components["schemas"];
export type Entry = Schemas["AuditEntry"];
export type Page = Schemas["AuditPage"];
export type Verification = Schemas["AuditVerification"];
export interface Head {
  entry_id: number;
  sha256: string;
}

const DAY_MS = 86_400_000;
const LIMIT = 100;

/** The times that a place's days stand for, in the browser's own zone; the last one included. */
function times({ from, to }: AuditPlace): Record<string, string> {
  const said: Record<string, string> = {};
  if (from) said["from"] = new Date(`${from}T00:00`).toISOString();
  if (to) said["to"] = new Date(new Date(`${to}T00:00`).getTime() + DAY_MS).toISOString();
  return said;
}

export function page(place: AuditPlace, before: number | null, signal?: AbortSignal): Promise<Page> {
  const query = new URLSearchParams({ limit: String(LIMIT), ...times(place) });
  if (place.actor) query.set("actor", place.actor);
  if (place.action) query.set("action", place.action);
  if (place.object) query.set("object_id", place.object);
  if (before !== null) query.set("before", String(before));
  return json(`/audit?${query}`, { signal });
}

export function verify(head: Head | null): Promise<Verification> {
  const query = new URLSearchParams();
  if (head) {
    query.set("head_id", String(head.entry_id));
    query.set("head_sha256", head.sha256);
  }
  return json(`/audit/verify?${query}`);
}

/** Where a file of the same time is. */
export const exported = (place: AuditPlace, form: "jsonl" | "csv"): string =>
  `/api/audit/export.${form}?${new URLSearchParams(times(place))}`;

/** The head that a file holds; null: it holds none. */
export function headOf(text: string): Head | null {
  try {
    const { entry_id, sha256 } = JSON.parse(text) as Record<string, unknown>;
    if (!Number.isSafeInteger(entry_id) || typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) return null;
    return { entry_id: entry_id as number, sha256 };
  } catch {
    return null;
  }
}
