/** Air, noise and anomalies as the control center answers them. `null` is "not known", never zero. */

/** A category of the index, or `insuficiente`. */
export type CategoryKey = string;

export const INSUFFICIENT = "insuficiente";

export interface Advice {
  sensitive?: string;
  everyone?: string;
}

/** One band of the index in force, best first, with the official words and colour. */
export interface Category {
  key: CategoryKey;
  es: string;
  en: string;
  colour: string;
  risk_es: string;
  risk_en: string;
  advice_es: Advice;
  advice_en: Advice;
}

export interface Pollutant {
  value: number | null;
  unit: string;
  category: CategoryKey;
  doubts: string[];
}

export type Pollutants = Record<string, Pollutant>;

export interface AirStation {
  device_id: string;
  name: string;
  lat_deg: number | null;
  lon_deg: number | null;
  /** Its beginning; null: none in the last hours. */
  hour: string | null;
  category: CategoryKey;
  dominant: string | null;
  pollutants: Pollutants;
  doubts: string[];
}

export interface AirCity {
  as_of: string;
  rule: string;
  citation: string;
  categories: Category[];
  /** The worst first. */
  stations: AirStation[];
}

export interface AirHour {
  hour: string;
  rule: string;
  category: CategoryKey;
  dominant: string | null;
  pollutants: Pollutants;
  /** The hour's mean corrected for humidity; beside the index, never in it. */
  pm25_dried_ugm3?: number | null;
  epa: { aqi: number; category: string } | null;
}

export interface NoiseStation {
  device_id: string;
  name: string;
  zone: string;
  laeq_24h_db: number | null;
  lden_db: number | null;
  /** Share of the last 24 hours that was heard. */
  coverage: number;
  above_day: boolean | null;
  above_night: boolean | null;
}

export interface NoiseCity {
  as_of: string;
  /** The loudest first. */
  stations: NoiseStation[];
}

export interface NoiseLimits {
  day_db: number | null;
  night_db: number | null;
  /** Local hours; the rest is night. */
  day_hours: [number, number];
  citation: string;
}

export interface NoiseDay {
  /** YYYY-MM-DD, local. */
  date: string;
  lday_db: number | null;
  levening_db: number | null;
  lnight_db: number | null;
  lden_db: number | null;
  l10_db: number | null;
  l50_db: number | null;
  l90_db: number | null;
  laeq_db: number | null;
  lamax_db: number | null;
  coverage: number;
  /** Every period was heard for three quarters of its length. */
  sufficient: boolean;
  minutes_above_day: number | null;
  minutes_above_night: number | null;
}

export interface NoiseEvent {
  from: string;
  to: string;
  peak_db: number;
  sel_db: number;
}

export interface NoiseDays {
  zone: string;
  limits: NoiseLimits;
  days: NoiseDay[];
  events: NoiseEvent[];
}

export interface Anomaly {
  anomaly_id: number;
  device_id: string;
  metric: string;
  started_at: string;
  /** null: it goes on. */
  ended_at: string | null;
  score: number;
  why: string;
  value: number | null;
  usual: number | null;
  is_true: boolean | null;
  marked_by: string | null;
  marked_at: string | null;
  note: string;
}

export interface Precision {
  true: number;
  false: number;
  /** True ones among the judged; null: none were. */
  share: number | null;
}

export interface Anomalies {
  /** Newest first. */
  anomalies: Anomaly[];
  precision: Precision;
}

export interface Calibration {
  calibration_id: number;
  metric: string;
  valid_from: string;
  valid_to: string | null;
  gain: number;
  offset: number;
  note: string;
  made_by: string;
  made_at: string;
}

export interface Visit {
  done_at: string;
  note: string;
  noted_by: string;
}
