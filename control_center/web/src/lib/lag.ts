/** How old the data is when it reaches the eye, measured where it is drawn.
 *
 * A change waits in `pending` until the animation frame that puts it on screen;
 * `flush` then stamps it. Nothing is corrected or left out of the ring, except
 * what arrived while the page was hidden, since nobody saw it. The status bar
 * reads `p95_ms`; a bench reads `window.c5.lag()`.
 */

export interface Sample {
  d: string;
  /** Measured, device clock, epoch ms. */
  at: number;
  /** Received, ingest's clock, epoch ms. */
  rx: number;
  /** On screen, this machine's clock, epoch ms. */
  drawn: number;
}

const RING = 5_000;
const LATE_BIT = 4;

/** What shows a change: the map every frame, the table and panels a little less often. */
export type Surface = "map" | "table";

type Waiting = Omit<Sample, "drawn"> & { late: boolean };

export class Lag {
  #ring: (Sample & { late: boolean })[] = [];
  #next = 0;
  #pending: Record<Surface, Waiting[]> = { map: [], table: [] };
  /** Changes drawn since the page opened. */
  drawn = 0;

  await(surface: Surface, d: string, at: number, rx: number, flags: number): void {
    const pending = this.#pending[surface];
    if (pending.length < RING) pending.push({ d, at, rx, late: (flags & LATE_BIT) !== 0 });
  }

  flush(surface: Surface, drawn: number): void {
    for (const waiting of this.#pending[surface]) {
      this.#ring[this.#next] = { ...waiting, drawn };
      this.#next = (this.#next + 1) % RING;
      this.drawn += 1;
    }
    this.#pending[surface].length = 0;
  }

  /** Forget what nobody will see drawn. */
  drop(): void {
    this.#pending.map.length = 0;
    this.#pending.table.length = 0;
  }

  samples(): Sample[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)].map(
      ({ d, at, rx, drawn }) => ({ d, at, rx, drawn }),
    );
  }

  /** From measured and from received to drawn, over the last minute; live data only, so without
   * what the device itself sent late. Null while there is none. */
  p95_ms(now: number): { at: number; rx: number } | null {
    const recent = this.#ring.filter((s) => !s.late && now - s.drawn < 60_000);
    if (!recent.length) return null;
    return {
      at: quantile(recent.map((s) => s.drawn - s.at), 0.95),
      rx: quantile(recent.map((s) => s.drawn - s.rx), 0.95),
    };
  }
}

/** The q-th quantile, nearest rank. */
export function quantile(values: number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? NaN;
}
