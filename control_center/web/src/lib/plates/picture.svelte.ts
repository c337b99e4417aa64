/** The picture of a hit: asked for once while the desk is open, since every look is recorded. */

import { Problem } from "../api";
import { explain, session } from "../session.svelte";
import * as api from "./api";
import type { Hit } from "./types";

/** `shown` is said by the page, once it is drawn. */
export type Sight = "waiting" | "fetched" | "shown" | "none" | "failed";

export class Picture {
  sight = $state<Sight>("waiting");
  url = $state("");
  why = $state("");

  constructor(readonly hit: Hit) {
    if (!hit.has_crop) this.sight = "none";
  }

  /** Within an effect: fetch it unless it is there. */
  fetch(): (() => void) | undefined {
    if (this.sight !== "waiting" || session.expired) return undefined;
    const abort = new AbortController();
    api.crop(this.hit.hit_id, abort.signal).then(
      (blob) => {
        if (abort.signal.aborted) return;
        this.url = URL.createObjectURL(blob);
        this.sight = "fetched";
      },
      (cause: unknown) => {
        if (abort.signal.aborted || session.expired) return;
        this.sight = cause instanceof Problem && cause.status === 404 ? "none" : "failed";
        this.why = explain(cause);
      },
    );
    return () => {
      if (this.sight === "waiting") abort.abort();
    };
  }

  retry(): void {
    this.sight = "waiting";
  }

  /** Whether a near hit may be decided: it was seen, or there is nothing to see. */
  get settled(): boolean {
    return this.sight === "shown" || this.sight === "none";
  }

  drop(): void {
    if (this.url) URL.revokeObjectURL(this.url);
  }
}
