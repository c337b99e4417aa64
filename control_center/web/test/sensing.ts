/** Stations, hours, days and anomalies to test with: plain ones, changed as a test says. */

import type { AirHour, AirStation, Anomaly, Category, NoiseDay } from "../src/lib/sensing/types";

const LADDER = [
  ["buena", "#00A651"],
  ["aceptable", "#FFD500"],
  ["mala", "#F7941D"],
  ["muy_mala", "#E31E24"],
  ["extremadamente_mala", "#7B2D8E"],
] as const;

export const CATEGORIES: Category[] = LADDER.map(([key, colour]) => ({
  key,
  colour,
  es: key,
  en: key,
  risk_es: "",
  risk_en: "",
  advice_es: {},
  advice_en: {},
}));

export const station = (change: Partial<AirStation> = {}): AirStation => ({
  device_id: "A-01",
  name: "Aire Centro",
  lat_deg: 18.14,
  lon_deg: -94.45,
  hour: "2026-05-12T12:00:00Z",
  category: "buena",
  dominant: "pm25",
  pollutants: {},
  doubts: [],
  ...change,
});

export const hour = (at: string, pm25: number | null, change: Partial<AirHour> = {}): AirHour => ({
  hour: at,
  rule: "nom172-2026",
  category: pm25 === null ? "insuficiente" : "buena",
  dominant: pm25 === null ? null : "pm25",
  pollutants: { pm25: { value: pm25, unit: "ug/m3", category: "buena", doubts: [] } },
  epa: null,
  ...change,
});

export const noiseDay = (change: Partial<NoiseDay> = {}): NoiseDay => ({
  date: "2026-05-12",
  lday_db: 62,
  levening_db: 60,
  lnight_db: 54,
  lden_db: 64,
  l10_db: 66,
  l50_db: 58,
  l90_db: 50,
  laeq_db: 61,
  lamax_db: 88,
  coverage: 0.99,
  sufficient: true,
  minutes_above_day: 120,
  minutes_above_night: 45,
  ...change,
});

export const anomaly = (change: Partial<Anomaly> = {}): Anomaly => ({
  anomaly_id: 1,
  device_id: "A-01",
  metric: "pm25_ugm3",
  started_at: "2026-05-12T12:00:00.250Z",
  ended_at: "2026-05-12T13:00:00Z",
  score: 0.8,
  why: "level",
  value: 85,
  usual: 12,
  is_true: null,
  marked_by: null,
  marked_at: null,
  note: "",
  ...change,
});
