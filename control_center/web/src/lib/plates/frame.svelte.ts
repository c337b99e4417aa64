/** The latest frame of one camera, asked for gently: again some seconds after the last answer, only while
 * someone looks, and less often while there is none. */

import { Problem } from "../api";
import { live } from "../live.svelte";
import { session } from "../session.svelte";
import * as api from "./api";
import { takenAt } from "./times";

export const EVERY_MS = 4_000;
const AFTER_FAILURE_MS = 10_000;
/** A frame older than this is not what is there now. */
export const STALE_MS = 20_000;

export class Frame {
  url = $state("");
  at_ms = $state<number | null>(null);
  /** The server has none, or did not answer. */
  missing = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | null = null;

  constructor(readonly device: string) {}

  /** Within an effect: look until told to stop. */
  look(): () => void {
    void this.#ask();
    return () => {
      clearTimeout(this.#timer);
      this.#abort?.abort();
    };
  }

  async #ask(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    let wait = EVERY_MS;
    try {
      if (!document.hidden && !session.expired) {
        const answer = await api.frame(this.device, abort.signal);
        const blob = await answer.blob();
        if (abort.signal.aborted) return;
        this.#show(URL.createObjectURL(blob));
        this.at_ms = takenAt(answer.headers, live.now_ms);
        this.missing = false;
      }
    } catch (cause) {
      if (abort.signal.aborted) return;
      this.missing = !(cause instanceof Problem && cause.status === 401);
      wait = AFTER_FAILURE_MS;
    }
    this.#timer = setTimeout(() => void this.#ask(), wait);
  }

  #show(url: string): void {
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = url;
  }

  drop(): void {
    if (this.url) URL.revokeObjectURL(this.url);
  }
}
