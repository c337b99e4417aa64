/** The order hits are worked through in, and the next one. Pure. */

import type { Hit, Priority } from "./types";

export const PRIORITIES: readonly Priority[] = ["critical", "high", "normal"];

const time = ({ at }: Hit): number => Date.parse(at);

/** Open ones by priority, then the newest; the rest by time alone, as a record is read. */
export function queued(hits: readonly Hit[], state: Hit["state"] | "all"): Hit[] {
  const rank = ({ priority }: Hit): number => PRIORITIES.indexOf(priority);
  return [...hits].sort(
    (a, b) => (state === "open" ? rank(a) - rank(b) : 0) || time(b) - time(a) || b.hit_id - a.hit_id,
  );
}

/** The neighbour of a hit; of none, the first. */
export function neighbour(hits: readonly Hit[], hit_id: number | null, step: number): Hit | undefined {
  const at = hits.findIndex((one) => one.hit_id === hit_id);
  if (at < 0) return hits[0];
  return hits[Math.max(0, Math.min(hits.length - 1, at + step))];
}

/** Which hit to open once one is done: the one below it, else the one above. */
export function following(hits: readonly Hit[], hit_id: number): Hit | undefined {
  const at = hits.findIndex((one) => one.hit_id === hit_id);
  return hits[at + 1] ?? hits[at - 1];
}
