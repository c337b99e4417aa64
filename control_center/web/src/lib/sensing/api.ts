/** Air, noise, anomalies and instruments over HTTP, typed. */

import { json, request } from "../api";
import type {
  AirCity,
  AirHour,
  Anomalies,
  Anomaly,
  Calibration,
  NoiseCity,
  NoiseDays,
  Visit,
} from "./types";

const id = encodeURIComponent;
const iso = (ms: number): string => new Date(ms).toISOString();

/** The control center answers no more at once. */
export const MOST_DAYS = 31;
export const MOST_ANOMALIES = 500;

export const airCity = (signal?: AbortSignal): Promise<AirCity> => json("/air/stations", { signal });

export const airHours = async (
  device: string,
  from_ms: number,
  to_ms: number,
  signal?: AbortSignal,
): Promise<AirHour[]> => {
  const path = `/air/stations/${id(device)}/index?from=${iso(from_ms)}&to=${iso(to_ms)}`;
  return (await json<{ hours: AirHour[] }>(path, { signal })).hours;
};

export const noiseCity = (signal?: AbortSignal): Promise<NoiseCity> => json("/noise/stations", { signal });

/** Local days, both included. */
export const noiseDays = (
  device: string,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<NoiseDays> => json(`/noise/stations/${id(device)}/days?from=${from}&to=${to}`, { signal });

export const anomalies = (
  from_ms: number,
  to_ms: number,
  device: string,
  signal?: AbortSignal,
): Promise<Anomalies> => {
  const whose = device ? `&device_id=${id(device)}` : "";
  return json(`/anomalies?from=${iso(from_ms)}&to=${iso(to_ms)}&limit=${MOST_ANOMALIES}${whose}`, { signal });
};

/** Say whether an anomaly was real; null takes it back. */
export const mark = (anomaly: number, is_true: boolean | null, note: string): Promise<Anomaly> =>
  json(`/anomalies/${anomaly}/mark`, { method: "POST", body: { is_true, note } });

export const calibrations = async (device: string, signal?: AbortSignal): Promise<Calibration[]> =>
  (await json<{ calibrations: Calibration[] }>(`/devices/${id(device)}/calibrations`, { signal })).calibrations;

export const visits = async (device: string, signal?: AbortSignal): Promise<Visit[]> =>
  (await json<{ maintenance: Visit[] }>(`/devices/${id(device)}/maintenance`, { signal })).maintenance;

export type CalibrationOrder = Pick<
  Calibration,
  "metric" | "gain" | "offset" | "valid_from" | "valid_to" | "note"
>;

/** A Problem of status 409: one of that metric begins at that instant already. */
export const addCalibration = (device: string, order: CalibrationOrder): Promise<Calibration> =>
  json(`/devices/${id(device)}/calibrations`, { method: "POST", body: order });

export const removeCalibration = async (device: string, calibration: number): Promise<void> => {
  await request(`/devices/${id(device)}/calibrations/${calibration}`, { method: "DELETE" });
};

/** The same instant again replaces its note. */
export const noteVisit = (device: string, order: Pick<Visit, "done_at" | "note">): Promise<Visit> =>
  json(`/devices/${id(device)}/maintenance`, { method: "POST", body: order });
