/** What the room is told by ear: a pattern a severity. It can be muted for a while, and not lost:
 * while muted, what is critical flashes, and after the while the sound is back by itself. */

import { rankOf, type Severity } from "./types";

type Tone = [at_s: number, hz: number, length_s: number];

/** Higher and more often, the graver. */
const PATTERNS: Record<Severity, readonly Tone[]> = {
  CRITICAL: [[0, 988, 0.14], [0.18, 740, 0.14], [0.36, 988, 0.14], [0.54, 740, 0.14]],
  MAJOR: [[0, 784, 0.16], [0.24, 784, 0.16]],
  MINOR: [[0, 587, 0.18]],
  WARNING: [[0, 440, 0.12]],
  INDETERMINATE: [[0, 330, 0.12], [0.16, 440, 0.12]],
};
const VOLUME = 0.18;
const QUIET_MS = 1_500;
export const MUTE_MS = 10 * 60_000;
const KEY = "c5.muted_until";

function recall(): number {
  try {
    return Number(localStorage.getItem(KEY)) || 0;
  } catch {
    return 0;
  }
}

class Sound {
  /** Until when it is muted, epoch ms of this machine; 0: it is not. */
  muted_until = $state(Math.min(recall(), Date.now() + MUTE_MS));
  /** The browser plays nothing before somebody has touched the page. */
  blocked = $state(false);
  /** What was played last, and how often something was. */
  last = $state<Severity | null>(null);
  played = $state(0);
  #ctx: AudioContext | null = null;
  #quietUntil = 0;
  #lastRank = Infinity;

  muted(now_ms: number): boolean {
    return now_ms < this.muted_until;
  }

  toggle(): void {
    this.muted_until = this.muted(Date.now()) ? 0 : Date.now() + MUTE_MS;
    try {
      localStorage.setItem(KEY, String(this.muted_until));
    } catch {
      // private mode: it lasts as long as the page
    }
    if (this.muted_until === 0) this.wake();
  }

  /** Somebody touched the page: the browser may play now. */
  wake(): void {
    this.#ctx ??= typeof AudioContext === "undefined" ? null : new AudioContext();
    const ctx = this.#ctx;
    if (!ctx) return;
    if (ctx.state === "suspended") void ctx.resume().then(() => (this.blocked = ctx.state !== "running"));
    else this.blocked = false;
  }

  /** Play a severity's pattern; a storm is one sound, and a graver one interrupts. */
  play(severity: Severity): void {
    const now = Date.now();
    if (this.muted(now)) return;
    if (now < this.#quietUntil && rankOf(severity) >= this.#lastRank) return;
    this.#quietUntil = now + QUIET_MS;
    this.#lastRank = rankOf(severity);
    this.wake();
    const ctx = this.#ctx;
    if (!ctx || ctx.state !== "running") {
      this.blocked = true;
      return;
    }
    for (const [at_s, hz, length_s] of PATTERNS[severity]) tone(ctx, ctx.currentTime + at_s, hz, length_s);
    this.last = severity;
    this.played += 1;
  }
}

function tone(ctx: AudioContext, at_s: number, hz: number, length_s: number): void {
  const source = ctx.createOscillator();
  const level = ctx.createGain();
  source.type = "triangle";
  source.frequency.value = hz;
  level.gain.setValueAtTime(0, at_s);
  level.gain.linearRampToValueAtTime(VOLUME, at_s + 0.015);
  level.gain.setValueAtTime(VOLUME, at_s + length_s - 0.03);
  level.gain.linearRampToValueAtTime(0, at_s + length_s);
  source.connect(level).connect(ctx.destination);
  source.start(at_s);
  source.stop(at_s + length_s);
}

export const sound = new Sound();
