/** Hits that come while the desk is open. Live events carry no plate, so the page asks again;
 * at most a few times a second, however many come. */

import { untrack } from "svelte";

import { live } from "../live.svelte";
import type { EventChange } from "../types";

const TYPES: ReadonlySet<string> = new Set(["plate_hit", "plate_near"]);
const SETTLE_MS = 250;

const newest = (): EventChange | undefined => live.events.find(({ type }) => TYPES.has(type));

export class Watch {
  /** Grows when hits came since the last look. */
  arrivals = $state(0);
  #known = untrack(newest);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Within an effect. */
  listen(): void {
    const found = newest();
    if (found === this.#known) return;
    this.#known = found;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.arrivals += 1;
    }, SETTLE_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
