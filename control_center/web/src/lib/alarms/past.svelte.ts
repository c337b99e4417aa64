/** Incidents that are over, read when somebody asks for them; what is open stays the room's. */

import { Problem } from "../api";
import { explain } from "../session.svelte";
import * as api from "./api";
import type { Incident } from "./types";

export type Which = "open" | "closed" | "all";
export const WHICH: readonly Which[] = ["open", "closed", "all"];

class Past {
  /** Which incidents the room's list shows; kept while one of them is looked at. */
  which = $state<Which>("open");
  loaded = $state(false);
  failure = $state("");
  /** The server holds no older ones. */
  whole = $state(false);
  rows = $state.raw<Incident[]>([]);
  #stop: AbortController | null = null;

  /** The next choice, and the first after the last. */
  turn(): void {
    this.which = WHICH[(WHICH.indexOf(this.which) + 1) % WHICH.length] ?? "open";
  }

  /** Read the newest again; those older than them that were read before stay. */
  async read(): Promise<void> {
    await this.#ask(null, (page) => {
      const last = page.at(-1)?.incident_id ?? 0;
      const older = page.length < api.PAGE ? [] : this.rows.filter(({ incident_id }) => incident_id < last);
      if (!older.length) this.whole = page.length < api.PAGE;
      return [...page, ...older];
    });
  }

  /** Read those before the oldest that is known. */
  async earlier(): Promise<void> {
    const last = this.rows.at(-1);
    if (!last || this.whole) return;
    await this.#ask(last.incident_id, (page) => {
      this.whole = page.length < api.PAGE;
      return [...this.rows, ...page];
    });
  }

  async #ask(before: number | null, joined: (page: Incident[]) => Incident[]): Promise<void> {
    this.#stop?.abort();
    const stop = (this.#stop = new AbortController());
    try {
      const { incidents } = await api.incidents("closed", before, stop.signal);
      if (stop.signal.aborted) return;
      this.rows = joined(incidents);
      this.loaded = true;
      this.failure = "";
    } catch (cause) {
      if (stop.signal.aborted || (cause instanceof Problem && cause.status === 401)) return;
      this.failure = explain(cause);
    }
  }
}

export const past = new Past();
