/** A day's runs: which the table shows, in what order, and what they add up to. Pure. */

import type { DayPlace } from "../address";
import type { Counts, Run, State } from "./types";

export type Column = "route" | "truck" | "state" | "coverage" | "gaps" | "off_route" | "punctual";
export const COLUMNS: readonly Column[] = [
  "route",
  "truck",
  "state",
  "coverage",
  "gaps",
  "off_route",
  "punctual",
];

export interface Sort {
  column: Column;
  descending: boolean;
}

export const pendingGaps = ({ gaps, reviewed }: Pick<Run, "gaps" | "reviewed">): number =>
  Math.max(0, (gaps ?? 0) - reviewed);

type Rank = number | string | null;

const RANKS: Record<Column, (run: Run) => Rank> = {
  route: ({ route_name, route_id }) => route_name || route_id,
  truck: ({ device_name, device_id }) => device_name || device_id,
  state: ({ state, revision }) => (state === "open" ? -1 : (revision ?? -2)),
  coverage: ({ coverage_pct }) => coverage_pct,
  gaps: (run) => (run.gaps === null ? null : pendingGaps(run)),
  off_route: ({ off_route_s }) => off_route_s,
  punctual: ({ begin_late_s }) => begin_late_s,
};

const collator = new Intl.Collator("es", { numeric: true, sensitivity: "base" });

function compare(a: Rank, b: Rank): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return collator.compare(String(a), String(b));
}

type Filter = Pick<DayPlace, "route" | "device" | "supervisor">;

/** Runs to show; what has nothing to sort by comes last, both ways. */
export function shownRuns(
  runs: readonly Run[],
  filter: Filter,
  { column, descending }: Sort,
): Run[] {
  const rank = RANKS[column];
  const sign = descending ? -1 : 1;
  return runs
    .filter(
      (run) =>
        (!filter.route || run.route_id === filter.route) &&
        (!filter.device || run.device_id === filter.device) &&
        (!filter.supervisor || run.supervisor === filter.supervisor),
    )
    .sort((a, b) => {
      const [left, right] = [rank(a), rank(b)];
      if (left === null || right === null) {
        if (left !== right) return left === null ? 1 : -1;
      } else {
        const order = compare(left, right) * sign;
        if (order !== 0) return order;
      }
      return compare(RANKS.route(a), RANKS.route(b)) || a.run_id - b.run_id;
    });
}

/** What runs add up to; the parts are metres. */
export interface Totals extends Counts {
  runs: number;
  computed: number;
  /** Weighted by length; null: nothing is computed. */
  coverage_pct: number | null;
  /** null: no report is closed yet. */
  gaps: number | null;
  reviewed: number;
  off_route_s: number;
  service_m: number;
  deadhead_m: number;
}

export function totals(runs: readonly Run[]): Totals {
  const sum: Totals = {
    ...{ runs: runs.length, computed: 0, coverage_pct: null },
    ...{ serviced: 0, too_fast: 0, missed: 0, unknown: 0 },
    ...{ gaps: null, reviewed: 0, off_route_s: 0, service_m: 0, deadhead_m: 0 },
  };
  let [weight, covered] = [0, 0];
  for (const run of runs) {
    const parts = run.lengths_m;
    if (run.gaps !== null) {
      sum.gaps = (sum.gaps ?? 0) + run.gaps;
      sum.reviewed += Math.min(run.reviewed, run.gaps);
    }
    if (!parts) continue;
    sum.computed += 1;
    sum.off_route_s += run.off_route_s ?? 0;
    sum.service_m += run.service_m ?? 0;
    sum.deadhead_m += run.deadhead_m ?? 0;
    let own = 0;
    for (const state of Object.keys(parts) as State[]) {
      if (!(state in sum)) continue;
      sum[state] += parts[state];
      own += parts[state];
    }
    weight += own;
    covered += own * (run.coverage_pct ?? 0);
  }
  if (weight > 0) sum.coverage_pct = covered / weight;
  return sum;
}
