/** How a dot travels from one fix to the next.
 *
 * The dot starts the moment the fix is known and moves straight along the last
 * segment, at constant speed, for as long as the device took to report it, but
 * never more than `LONGEST_MS`: a smooth dot must not be an old one. It then
 * stays on the last fix: nothing is extrapolated. A segment that no vehicle
 * drives, or one after a long silence, is not invented: the dot jumps.
 */

import type { Point } from "./mercator";

export interface Motion {
  from: Point;
  to: Point;
  start_ms: number;
  duration_ms: number;
}

export const LONGEST_MS = 2_000;
const SHORTEST_MS = 150;
const FASTEST_MPS = 70;
const LONGEST_GAP_MS = 60_000;

/** A dot that stands. */
export function rest(at: Point): Motion {
  return { from: at, to: at, start_ms: 0, duration_ms: 0 };
}

/** Where the dot is now. */
export function position(motion: Motion, now_ms: number): Point {
  const { from, to, start_ms, duration_ms } = motion;
  if (duration_ms <= 0 || now_ms >= start_ms + duration_ms) return to;
  const done = Math.max(0, (now_ms - start_ms) / duration_ms);
  return { x: from.x + (to.x - from.x) * done, y: from.y + (to.y - from.y) * done };
}

export function moving(motion: Motion, now_ms: number): boolean {
  return motion.duration_ms > 0 && now_ms < motion.start_ms + motion.duration_ms;
}

/** Milliseconds until the dot will have moved `step` (unit square); null: it has less than that to go.
 *
 * A truck seen from afar takes a second to cross a pixel: drawing it sixty times
 * on the way would only heat the room.
 */
export function nextStep_ms(motion: Motion, now_ms: number, step: number): number | null {
  if (!moving(motion, now_ms)) return null;
  const { from, to, start_ms, duration_ms } = motion;
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const step_ms = length > 0 ? (step / length) * duration_ms : Infinity;
  return step_ms <= start_ms + duration_ms - now_ms ? step_ms : null;
}

/** Turn towards a new fix from wherever the dot is.
 *
 * `gap_ms` is device time between the two fixes, `leap_m` the distance between them.
 */
export function towards(
  motion: Motion,
  to: Point,
  now_ms: number,
  gap_ms: number,
  leap_m: number,
): Motion {
  const driven = gap_ms > 0 && gap_ms <= LONGEST_GAP_MS && leap_m <= (FASTEST_MPS * gap_ms) / 1000;
  if (!driven) return rest(to);
  return {
    from: position(motion, now_ms),
    to,
    start_ms: now_ms,
    duration_ms: Math.min(LONGEST_MS, Math.max(SHORTEST_MS, gap_ms)),
  };
}
