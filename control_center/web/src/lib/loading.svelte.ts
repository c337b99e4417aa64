/** Something read from the server: the newest answer, or why there is none. */

import { Problem } from "./api";
import { explain, session } from "./session.svelte";

export class Loading<T> {
  value = $state.raw<T | null>(null);
  failure = $state("");
  /** The server knows nothing of the kind. */
  missing = $state(false);
  busy = $state(false);
  #tries = $state(0);

  #key = "";

  /** Read within an effect; what the effect depends on decides when it is read again.
   *
   * Waits for a login when the session has ended, and then reads. While the same
   * thing, by `key`, is read again, its answer of before stays. The answer ends the reading.
   */
  read(key: string, ask: (signal: AbortSignal) => Promise<T>): (() => void) | undefined {
    void this.#tries;
    if (session.expired) return undefined;
    const abort = new AbortController();
    if (key !== this.#key) this.value = null;
    this.#key = key;
    this.failure = "";
    this.busy = true;
    ask(abort.signal).then(
      (answer) => {
        if (abort.signal.aborted) return;
        this.value = answer;
        this.missing = false;
        this.busy = false;
      },
      (cause: unknown) => {
        if (abort.signal.aborted) return;
        this.missing = cause instanceof Problem && cause.status === 404;
        this.failure = session.expired ? "" : explain(cause);
        this.busy = false;
      },
    );
    return () => abort.abort();
  }

  /** Read again, now. */
  retry(): void {
    this.#tries += 1;
  }
}
