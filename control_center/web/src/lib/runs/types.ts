/** Routes, runs and their reports as the control center says them; see docs/api.md.
 *
 * Times are RFC 3339 in UTC, dates local days, lengths metres, speeds km/h, shares
 * percent. `null` means "not known", never zero.
 */

export type State = "serviced" | "too_fast" | "missed" | "unknown";
export type Verdict = "confirmed" | "disputed";
export type Why = "provisional" | "closed" | "late" | "backfill";

/** Clock times of the city, HH:MM. */
export type ClockSpan = [from: string, to: string];
export type TimeSpan = [from: string, to: string];

export interface RouteInfo {
  route_id: string;
  name: string;
  version: number;
  valid_from: string;
  blocks: number;
  length_m: number;
  /** 0 is Monday; empty: every day. */
  weekdays: number[];
  service_window: ClockSpan | null;
  device_ids: string[];
  supervisor: string | null;
}

export interface Counts {
  serviced: number;
  too_fast: number;
  missed: number;
  unknown: number;
}

export interface Run extends Record<State, number | null> {
  run_id: number;
  route_id: string;
  route_name: string;
  service_date: string;
  device_id: string;
  device_name: string;
  version: number;
  state: "open" | "closed";
  /** null: nothing computed yet; 0: provisional. */
  revision: number | null;
  computed_at: string | null;
  window: TimeSpan;
  coverage_pct: number | null;
  off_route_s: number | null;
  service_m: number | null;
  deadhead_m: number | null;
  /** null: not judged yet, or provisional, when what is to come is no gap. */
  gaps: number | null;
  reviewed: number;
  supervisor: string | null;
  lengths_m: Counts | null;
  /** After its window began; null: the route has no hours, or nothing was served. */
  begin_late_s: number | null;
  end_late_s: number | null;
}

export interface Segment {
  segment_id: string;
  order: number;
  street: string;
  colonia: string;
  service: boolean;
  state: State;
  /** 0 to 1. */
  confidence: number;
  length_m: number;
  seen_pct: number | null;
  mean_kmh: number | null;
  from: string | null;
  to: string | null;
  in_window: boolean | null;
}

export interface Stay {
  from: string;
  to: string;
  lat: number;
  lon: number;
  on_route: boolean;
  silent: boolean;
  /** An allowed place, the depot or the landfill. */
  place: string | null;
}

export interface RunEvent {
  type: string;
  from: string;
  to: string | null;
  value: number | null;
  unit: string | null;
  lat: number | null;
  lon: number | null;
}

export interface ReportDocument {
  engine: string;
  route_id: string;
  route_name: string;
  version: number;
  plan_sha256: string;
  device_id: string;
  service_date: string;
  window: TimeSpan;
  provisional: boolean;
  coverage_pct: number;
  order_kept_pct: number | null;
  began: string | null;
  ended: string | null;
  begin_late_s: number | null;
  end_late_s: number | null;
  off_route_s: number;
  off_route: TimeSpan[];
  service_m: number;
  deadhead_m: number;
  receiver_error_m: number | null;
  fixes: number;
  dropped: Record<string, number>;
  counts: Counts;
  lengths_m: Counts;
  silences: TimeSpan[];
  segments: Segment[];
  stops: Stay[];
  events: RunEvent[];
  landfill_trips: number;
  problem: string | null;
}

export interface Revision {
  revision: number;
  computed_at: string;
  why: Why;
  sha256: string;
}

export interface Review {
  review_id: number;
  revision: number;
  segment_id: string;
  verdict: Verdict;
  reason: string;
  note: string;
  attachment_sha256: string | null;
  reviewed_by: string;
  reviewed_at: string;
  sha256: string;
}

export interface RunAnswer {
  run: Run;
  document: ReportDocument;
  sha256: string;
  revisions: Revision[];
  reviews: Review[];
}

export interface NewReview {
  segment_id: string;
  verdict: Verdict;
  reason: string;
  note: string;
  attachment_sha256: string | null;
}

/** [epoch ms, longitude, latitude, km/h, flags]. */
export type TracePoint = [number, number, number, number | null, string[]];

export interface SummaryRow extends Counts {
  key: string;
  name: string;
  runs: number;
  coverage_pct: number | null;
  off_route_s: number | null;
  service_m: number | null;
  deadhead_m: number | null;
  lengths_m: Counts;
  /** The middle one of its runs. */
  begin_late_s: number | null;
  end_late_s: number | null;
  /** null: every report is provisional. */
  gaps: number | null;
  reviewed: number;
}

export interface Summary {
  by: string;
  rows: SummaryRow[];
}

export interface Eta {
  route_id: string;
  device_id: string | null;
  segment_id: string | null;
  street: string;
  colonia: string;
  low_at: string | null;
  likely_at: string | null;
  high_at: string | null;
  /** How many past runs it is reckoned from. */
  runs: number;
  state: "ahead" | "passed" | "unknown";
  note_es: string;
  note_en: string;
}
