/** Runs, blocks and reviews to test with: plain ones, changed as a test says. */

import type { Review, Run, Segment } from "../src/lib/runs/types";

export const run = (change: Partial<Run> = {}): Run => ({
  run_id: 1,
  route_id: "R1",
  route_name: "Centro",
  service_date: "2026-05-12",
  device_id: "T-1",
  device_name: "Recolector 1",
  version: 1,
  state: "closed",
  revision: 1,
  computed_at: "2026-05-12T17:00:00Z",
  window: ["2026-05-12T12:00:00Z", "2026-05-12T16:00:00Z"],
  coverage_pct: 83.3,
  serviced: 50,
  too_fast: 4,
  missed: 4,
  unknown: 2,
  off_route_s: 120,
  service_m: 5_000,
  deadhead_m: 2_000,
  gaps: 10,
  reviewed: 0,
  supervisor: null,
  lengths_m: { serviced: 5_000, too_fast: 400, missed: 400, unknown: 200 },
  begin_late_s: 120,
  end_late_s: -900,
  ...change,
});

export const segment = (change: Partial<Segment> = {}): Segment => ({
  segment_id: "S1",
  order: 1,
  street: "Zaragoza",
  colonia: "Centro",
  service: true,
  state: "serviced",
  confidence: 0.98,
  length_m: 100,
  seen_pct: 100,
  mean_kmh: 9,
  from: "2026-05-12T12:10:00Z",
  to: "2026-05-12T12:11:00Z",
  in_window: true,
  ...change,
});

export const review = (change: Partial<Review> = {}): Review => ({
  review_id: 1,
  revision: 1,
  segment_id: "S1",
  verdict: "disputed",
  reason: "otro",
  note: "",
  attachment_sha256: null,
  reviewed_by: "ana",
  reviewed_at: "2026-05-13T12:00:00Z",
  sha256: "0".repeat(64),
  ...change,
});
