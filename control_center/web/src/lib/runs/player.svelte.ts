/** The time a run is looked at: moved by hand, or running on by itself. */

import { clampTo, type Extent, extentOf, type Trace, traceOf } from "./playback";

export const SPEEDS = [30, 60, 120, 300, 600] as const;

export class Player {
  trace = $state.raw<Trace>(traceOf([]));
  extent = $state.raw<Extent>({ from_ms: 0, to_ms: 0 });
  at_ms = $state(0);
  playing = $state(false);
  /** Seconds of the run a second of ours. */
  speed = $state<number>(120);

  #frame = 0;
  #last_ms = 0;

  /** Take a trace, or a longer one of the same run; who looks at its end goes on doing so. */
  take(trace: Trace, window: [string, string]): void {
    const ended = this.at_ms >= this.extent.to_ms;
    this.trace = trace;
    this.extent = extentOf(trace, window);
    this.at_ms = ended ? this.extent.to_ms : clampTo(this.extent, this.at_ms);
  }

  /** Whether the whole day is shown. */
  get ended(): boolean {
    return this.at_ms >= this.extent.to_ms;
  }

  seek(at_ms: number): void {
    this.at_ms = clampTo(this.extent, at_ms);
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.#play();
  }

  pause(): void {
    this.playing = false;
    cancelAnimationFrame(this.#frame);
  }

  #play(): void {
    if (this.ended) this.at_ms = this.extent.from_ms;
    this.playing = true;
    this.#last_ms = performance.now();
    this.#frame = requestAnimationFrame((now) => this.#step(now));
  }

  #step(now_ms: number): void {
    if (!this.playing) return;
    this.seek(this.at_ms + (now_ms - this.#last_ms) * this.speed);
    this.#last_ms = now_ms;
    if (this.ended) this.playing = false;
    else this.#frame = requestAnimationFrame((next) => this.#step(next));
  }
}
