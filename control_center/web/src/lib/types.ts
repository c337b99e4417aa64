/** What the control center says over HTTP, written down once; see the API's own schema.
 *
 * Times are ISO 8601 in registry answers and epoch milliseconds in the live feed.
 * `null` means "not reported", never zero.
 */

import type { components } from "./openapi";

export type Kind = "truck" | "bus" | "air" | "noise" | "camera" | "counter" | "panic" | "power";
export type Presence = "online" | "offline" | "silent" | "never";
export type Registration = "active" | "pending" | "revoked";
export type Role = "operador" | "supervisor" | "autorizado-LPR" | "auditor" | "administrador";
export type Right =
  | "view"
  | "command"
  | "rejects"
  | "enrol"
  | "plan"
  | "review"
  | "plates"
  | "hotlist"
  | "attend"
  | "rules"
  | "panic"
  | "alert"
  | "audit"
  | "people";

export interface User {
  username: string;
  name: string;
  role: Role;
  rights: Right[];
}

export interface Session {
  user: User;
  csrf: string;
  /** code, enrol: nothing else is allowed before that is done. */
  second_factor: "off" | "passed" | "code" | "enrol";
  /** Logs in at another place: no password here. */
  elsewhere: boolean;
}

export interface KindInfo {
  kind: Kind;
  es: string;
  en: string;
  silence_s: number;
  streams: string[];
}

export interface MetricInfo {
  unit: string;
  es: string;
  en: string;
  lo: number;
  hi: number;
}

export interface City {
  id: string;
  name: string;
  center: [lon_deg: number, lat_deg: number];
  /** West, south, east, north. */
  bounds: [number, number, number, number];
  /** Whose outlines these are. */
  attribution: string;
}

export interface Config {
  city: City;
  timezone: string;
  tile_url: string | null;
  version: string;
  kinds: KindInfo[];
  metrics: Record<string, MetricInfo>;
}

export interface Fix {
  lat_deg: number;
  lon_deg: number;
  speed_kmh: number | null;
  heading_deg: number | null;
  measured_at: string;
  flags: string[];
}

export interface Value {
  value: number;
  measured_at: string;
  flags: string[];
}

export interface Device {
  device_id: string;
  kind: Kind;
  name: string;
  state: Registration;
  presence: Presence;
  since: string | null;
  last_seen_at: string | null;
  lat_deg: number | null;
  lon_deg: number | null;
  fix: Fix | null;
  values: Record<string, Value>;
  firmware: string | null;
  silence_s: number;
}

export interface Snapshot {
  as_of: string;
  devices: Device[];
}

export interface LedgerHour {
  hour: string;
  sent: number;
  stored: number;
  rejected: number;
  duplicates: number;
  missing: number;
}

export interface DeviceDetail extends Device {
  ledger: LedgerHour[];
  interval_s: number;
}

/** [epoch ms, mean, min, max, how many were not believed]; a null mean is a gap, or nothing
 * believable. What was not believed is in no mean. */
export type SeriesPoint = [number, number | null, number | null, number | null, number];

export interface Series {
  device_id: string;
  metric: string;
  unit: string;
  /** 0: every row as it is. */
  bucket_s: number;
  points: SeriesPoint[];
}

/** [epoch ms, longitude, latitude, km/h, flags]. */
export type TrackPoint = [number, number, number, number | null, string[]];

export interface Track {
  points: TrackPoint[];
}

export type CommandState = "sent" | "acked" | "failed" | "expired";

export interface Command {
  id: string;
  name: string;
  args: Record<string, unknown> | null;
  issued_at: string;
  issued_by: string;
  state: CommandState;
  answered_at: string | null;
  detail: string | null;
}

export interface Credential {
  username: string;
  password: string;
}

export interface Stats {
  stored_per_s: number;
  rejected_last_h: number;
  duplicates_last_h: number;
  missing_last_h: number;
  devices: Record<"online" | "offline" | "silent" | "never" | "pending", number>;
  ingest_lag_ms: number | null;
}

export interface Reject {
  id: number;
  received_at: string;
  topic: string;
  device_id: string | null;
  reason: string;
  detail: string;
  size: number;
  /** How often the same was refused. */
  times: number;
}

/** An event as the database keeps it. */
export interface PastEvent {
  device_id: string;
  device_name: string | null;
  type: string;
  severity: string | null;
  measured_at: string;
  received_at: string;
  lat_deg: number | null;
  lon_deg: number | null;
  value: number | null;
  unit: string | null;
  text: string | null;
  made_by: "device" | "c5";
  route_id: string | null;
}

interface Stamped {
  d: string;
  /** Device clock, epoch ms. */
  at: number;
  /** Ingest's clock, epoch ms. */
  rx: number;
}

export interface FixChange extends Stamped {
  t: "fix";
  lat: number;
  lon: number;
  v: number | null;
  h: number | null;
  f: number;
}

export interface ValueChange extends Stamped {
  t: "val";
  m: Record<string, number>;
  f?: Record<string, number>;
}

export interface StatusChange extends Stamped {
  t: "st";
  on: boolean;
  /** The device's word: its session, which orders such claims. */
  s?: number;
  /** The control center's word, which needs no ordering: it has weighed everything. */
  p?: Presence;
}

export interface EventChange extends Stamped {
  t: "ev";
  type: string;
  sev: string | null;
  lat: number | null;
  lon: number | null;
  text: string | null;
}

export interface PlateChange extends Stamped {
  t: "pl";
  n: number;
  dir?: { in?: number; out?: number };
}

export interface RegistryChange {
  t: "dev";
  d: string;
}

/** An alarm as it is now, or how many more there are than are said one by one. */
export interface AlarmChange {
  t: "al";
  al?: components["schemas"]["AlarmAnswer"];
  more?: number;
}

export interface IncidentChange {
  t: "in";
  in?: components["schemas"]["IncidentAnswer"];
  more?: number;
}

export type RoomChange = AlarmChange | IncidentChange;

export type Change =
  | FixChange
  | ValueChange
  | StatusChange
  | EventChange
  | PlateChange
  | RegistryChange;

export interface ChangeBatch {
  committed_at: number;
  changes: (Change | RoomChange)[];
}
