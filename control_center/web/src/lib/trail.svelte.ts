/** The last hour of the chosen vehicle, and what it drives while it is watched. */

import * as api from "./api";
import { live } from "./live.svelte";
import { extend, type TrackLine, trackLine } from "./map/track";
import { mobile } from "./state";

const LENGTH_MS = 3_600_000;

class Trail {
  line: TrackLine | null = null;
  version = $state(0);

  /** Show the trail of a device; the answer forgets it. */
  watch(id: string): () => void {
    const abort = new AbortController();
    this.#set(null);
    const entry = live.entries.get(id);
    if (entry && mobile(entry.device.kind)) void this.#read(id, abort.signal);
    return () => {
      abort.abort();
      this.#set(null);
    };
  }

  /** Add the device's newest fix, if it is newer than the trail. */
  grow(): void {
    const entry = this.line && live.entries.get(this.line.device_id);
    const fix = entry?.device.fix;
    if (!this.line || !entry || !fix || entry.fix_ms <= this.line.last_ms) return;
    extend(this.line, entry.fix_ms, fix.lon_deg, fix.lat_deg, fix.flags);
    this.version += 1;
  }

  async #read(id: string, signal: AbortSignal): Promise<void> {
    const to_ms = live.now_ms;
    try {
      const { points } = await api.track(id, { from_ms: to_ms - LENGTH_MS, to_ms }, signal);
      if (!signal.aborted) this.#set(trackLine(id, points));
    } catch {
      // no trail is drawn; the detail panel tells of failures
    }
  }

  #set(line: TrackLine | null): void {
    this.line = line;
    this.version += 1;
  }
}

export const trail = new Trail();
