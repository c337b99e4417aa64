/** Looking for the incident that follows a hit: soon, then less often, and not for ever. */

import type { Hit } from "./types";

/** Each look is on record, so there are few; together they are as patient as a busy machine asks for. */
const PAUSES_MS: readonly number[] = [2_000, 4_000, 8_000, 16_000];
/** A hit older than this and still without one gets none. */
const RECENT_MS = 120_000;

/** Look after each pause; the answer ends it. */
export function lookAgain(look: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = (at: number): void => {
    const pause_ms = PAUSES_MS[at];
    if (pause_ms === undefined) return;
    timer = setTimeout(() => {
      look();
      wait(at + 1);
    }, pause_ms);
  };
  wait(0);
  return () => clearTimeout(timer);
}

/** Whether an incident may still follow one of these. */
export function awaitsIncident(hits: readonly Hit[], now_ms: number): boolean {
  return hits.some((hit) => hit.incident_id === null && now_ms - Date.parse(hit.at) < RECENT_MS);
}
