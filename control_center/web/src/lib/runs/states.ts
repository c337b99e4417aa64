/** What can be said of a block, and in which order: worst first where a supervisor must look. Pure. */

import type { Counts, Segment, State } from "./types";

/** In the order of bars and legends. */
export const STATES: readonly State[] = ["serviced", "too_fast", "missed", "unknown"];

/** What was not simply done; what a supervisor looks at. */
export const GAPS: ReadonlySet<State> = new Set<State>(["missed", "too_fast", "unknown"]);

const URGENCY: readonly State[] = ["missed", "too_fast", "unknown", "serviced"];

export const isGap = ({ state, service }: Pick<Segment, "state" | "service">): boolean =>
  service && GAPS.has(state);

export const urgency = (state: State): number => URGENCY.indexOf(state);

export const REASONS = [
  "sin_acceso",
  "calle_cerrada",
  "camion_lleno",
  "averia",
  "seguridad",
  "otro",
] as const;

export interface Share {
  state: State;
  amount: number;
  /** Of the whole, 0 to 1. */
  share: number;
}

/** Parts of the whole in the order of bars, the empty ones left out. */
export function shares(amounts: Counts): Share[] {
  const whole = STATES.reduce((sum, state) => sum + amounts[state], 0);
  if (whole <= 0) return [];
  return STATES.map((state) => ({
    state,
    amount: amounts[state],
    share: amounts[state] / whole,
  })).filter(({ amount }) => amount > 0);
}
