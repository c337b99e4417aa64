/** One clock for everything on the page: moved by hand, or running on by itself. */

export const SPEEDS = [1, 10, 30, 60, 300, 1_200] as const;

export class Clock {
  from_ms = $state(0);
  to_ms = $state(0);
  at_ms = $state(0);
  playing = $state(false);
  /** Seconds of then a second of ours. */
  speed = $state<number>(60);
  #frame = 0;
  #last_ms = 0;

  span(from_ms: number, to_ms: number): void {
    this.from_ms = from_ms;
    this.to_ms = to_ms;
    this.at_ms = Math.min(to_ms, Math.max(from_ms, this.at_ms || from_ms));
  }

  seek(at_ms: number): void {
    this.at_ms = Math.min(this.to_ms, Math.max(this.from_ms, at_ms));
  }

  toggle(): void {
    if (this.playing) this.pause();
    else {
      if (this.at_ms >= this.to_ms) this.at_ms = this.from_ms;
      this.playing = true;
      this.#last_ms = performance.now();
      this.#frame = requestAnimationFrame((now) => this.#step(now));
    }
  }

  pause(): void {
    this.playing = false;
    cancelAnimationFrame(this.#frame);
  }

  #step(now_ms: number): void {
    if (!this.playing) return;
    this.seek(this.at_ms + (now_ms - this.#last_ms) * this.speed);
    this.#last_ms = now_ms;
    if (this.at_ms >= this.to_ms) this.playing = false;
    else this.#frame = requestAnimationFrame((next) => this.#step(next));
  }
}
