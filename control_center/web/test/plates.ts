/** Hits and counts to test with: plain ones, changed as a test says. */

import type { Count, Hit } from "../src/lib/plates/types";

export const hit = (change: Partial<Hit> = {}): Hit => ({
  hit_id: 1,
  at: "2026-05-12T12:00:00Z",
  device_id: "C-01",
  device_name: "Acceso norte",
  direction: "in",
  exact: true,
  plate: "YKX123A",
  entry_plate: "YKX123A",
  differs: [],
  found_back: false,
  list_id: 1,
  list_name: "Robados",
  priority: "normal",
  reason: "Robo",
  legal_basis: "Art. 1",
  score: 0.97,
  state: "open",
  decided_by: null,
  decided_at: null,
  decision_reason: null,
  incident_id: null,
  has_crop: true,
  ...change,
});

export const passages = (at: string, n: number, change: Partial<Count> = {}): Count => ({
  device_id: "C-01",
  at,
  direction: "in",
  class: "car",
  state: "Veracruz",
  n,
  ...change,
});
