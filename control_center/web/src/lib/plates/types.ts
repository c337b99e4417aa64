/** Plates as the control center answers them. `null` is "not known", never zero. */

export type Priority = "critical" | "high" | "normal";
export type HitState = "open" | "accepted" | "rejected";
export type Direction = "in" | "out";

/** A read that is, or nearly is, on a list; a person says whether it is so. */
export interface Hit {
  hit_id: number;
  at: string;
  device_id: string;
  device_name: string | null;
  direction: Direction | null;
  exact: boolean;
  /** As it was read. */
  plate: string;
  entry_plate: string;
  /** Which characters of the two are not the same, from 0. */
  differs: number[];
  /** It passed before its plate was sought. */
  found_back: boolean;
  list_id: number;
  list_name: string;
  priority: Priority;
  reason: string;
  legal_basis: string;
  score: number | null;
  state: HitState;
  decided_by: string | null;
  decided_at: string | null;
  decision_reason: string | null;
  incident_id: number | null;
  has_crop: boolean;
}

export interface Read {
  at: string;
  device_id: string;
  device_name: string | null;
  direction: Direction | null;
  plate: string;
  score: number | null;
  has_crop: boolean;
}

export interface Found {
  search_id: number;
  reads: Read[];
  searched: { from: string; to: string; rows: number };
}

/** What a search asks for, and why. */
export interface Question {
  plate: string;
  purpose: string;
  case_number: string;
  from: string;
  to: string;
}

export interface PastSearch {
  search_id: number;
  at: string;
  by: string;
  purpose: string;
  case_number: string;
  /** Masked. */
  plate_shown: string;
  found: number;
}

export interface HotList {
  list_id: number;
  name: string;
  reason: string;
  issuer: string;
  priority: Priority;
  legal_basis: string;
  expires_at: string | null;
  entries: number;
  pending: number;
}

export type NewList = Omit<HotList, "list_id" | "entries" | "pending">;

export type EntryState = "pending" | "active" | "withdrawn" | "expired";

export interface Entry {
  entry_id: number;
  plate: string;
  note: string;
  state: EntryState;
  proposed_by: string;
  proposed_at: string;
  approved_by: string | null;
  approved_at: string | null;
  expires_at: string | null;
}

export interface Approved extends Entry {
  /** Reads of before, inside retention, that are this plate. */
  found_back: number;
}

export interface Imported {
  proposed: number;
  refused: { line: number; why: string }[];
}

/** How many passed; never which. */
export interface Count {
  device_id: string;
  at: string;
  direction: Direction | null;
  class: string | null;
  state: string | null;
  n: number;
}

export type Grain = "hour" | "day";
export type Stream = "up" | "down" | "unknown";

export interface Camera {
  device_id: string;
  name: string;
  lat_deg: number | null;
  lon_deg: number | null;
  online: boolean;
  stream: Stream;
  last_passage_at: string | null;
  today: { in: number; out: number };
}
