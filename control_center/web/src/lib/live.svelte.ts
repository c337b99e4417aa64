/** The live picture: one stream from the control center, applied once per animation frame.
 *
 * Changes queue as they arrive and are applied together in the next frame (see
 * `Pace`), in which the map is drawn too; the table and the panels follow at most ten times a
 * second, by `revision`. While the page is hidden no frame comes, so changes are
 * applied at once and not timed. When the stream breaks, the picture stays,
 * visibly stale, until a new snapshot replaces it.
 */

import * as api from "./api";
import { apply, type Entry, entryOf, refresh, replace } from "./changes";
import { Lag } from "./lag";
import { Pace } from "./pace";
import { backoff_ms, follow, type ServerEvent } from "./sse";
import type { Change, ChangeBatch, Device, EventChange, RoomChange, Snapshot } from "./types";

export type Link = "connecting" | "live" | "lost";

/** Draws one frame; answers in how many ms the next is worth drawing, null: not by itself. */
type Painter = (now_ms: number) => number | null;

const TABLE_EVERY_MS = 100;
const FRAME_MS = 16;
const EVENTS_KEPT = 200;
const CLOCK_SAMPLES = 12;

export class Live {
  /** By id. Not reactive itself: read `revision` first. */
  readonly entries = new Map<string, Entry>();
  readonly lag = new Lag();

  /** Grows whenever the table and the panels should look again. */
  revision = $state(0);
  link = $state<Link>("connecting");
  loaded = $state(false);
  /** When the stream was lost, and when it will be tried again. */
  lost_ms = $state<number | null>(null);
  retry_ms = $state<number | null>(null);
  /** The server's clock, near enough, once a second. */
  now_ms = $state(Date.now());
  /** This machine's clock minus the server's. */
  skew_ms = $state(0);
  /** Grows with every fresh start of the picture: what happened before may have been missed. */
  snapshots = $state(0);
  /** Takes what concerns the room and no device. */
  onRoom: (change: RoomChange) => void = () => undefined;
  /** Newest first. */
  events = $state.raw<EventChange[]>([]);

  #queue: Change[] = [];
  #painters = new Set<Painter>();
  #frame = 0;
  #pace = new Pace();
  #resting: ReturnType<typeof setTimeout> | undefined;
  #later: ReturnType<typeof setTimeout> | undefined;
  #tableAt = 0;
  #tableDirty = false;
  #skews: number[] = [];
  #fetching = new Set<string>();
  #stop: AbortController | null = null;
  #wake: () => void = () => undefined;
  #tick: ReturnType<typeof setInterval> | undefined;

  start(): void {
    if (this.#stop) return;
    this.#stop = new AbortController();
    this.#tick = setInterval(() => this.#second(), 1_000);
    void this.#run(this.#stop.signal);
  }

  stop(): void {
    this.#stop?.abort();
    this.#stop = null;
    clearInterval(this.#tick);
    this.#wake();
  }

  /** Try again now instead of waiting. */
  retry(): void {
    this.#wake();
  }

  /** Take part in every frame; the answer says whether one more is needed. */
  paint(painter: Painter): () => void {
    this.#painters.add(painter);
    this.requestFrame();
    return () => this.#painters.delete(painter);
  }

  requestFrame(): void {
    if (this.#frame !== 0 || this.#resting !== undefined) return;
    const ask = (): void => {
      this.#resting = undefined;
      this.#frame = requestAnimationFrame(() => this.#draw());
    };
    const rest_ms = this.#pace.rest_ms;
    if (rest_ms > 0) this.#resting = setTimeout(ask, rest_ms);
    else ask();
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let tries = 0; !signal.aborted; tries += 1) {
      const ending = await follow(
        "/api/live",
        signal,
        () => (tries = 0),
        (event) => this.#receive(event),
      );
      if (signal.aborted) return;
      this.link = "lost";
      this.lost_ms ??= Date.now();
      if (ending !== "lost") await this.#confirmSession();
      const wait = backoff_ms(tries);
      this.retry_ms = Date.now() + wait;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        this.#wake = () => {
          clearTimeout(timer);
          tries = -1;
          resolve();
        };
      });
    }
  }

  /** Ask a route that reports an ended session; its own handler opens the login. */
  async #confirmSession(): Promise<void> {
    await api.stats().catch(() => undefined);
  }

  #receive({ event, data }: ServerEvent): void {
    if (event === "snapshot") {
      this.#snapshot(JSON.parse(data) as Snapshot);
    } else if (event === "change") {
      this.#enqueue((JSON.parse(data) as ChangeBatch).changes);
    } else if (event === "heartbeat") {
      this.#clock((JSON.parse(data) as { now: number }).now);
    }
  }

  #snapshot(snapshot: Snapshot): void {
    this.#queue.length = 0;
    this.lag.drop();
    const seen = new Set<string>();
    for (const device of snapshot.devices) {
      seen.add(device.device_id);
      this.#take(device);
    }
    for (const id of this.entries.keys()) if (!seen.has(id)) this.entries.delete(id);
    this.link = "live";
    this.loaded = true;
    this.snapshots += 1;
    this.lost_ms = null;
    this.retry_ms = null;
    this.#dirty();
  }

  #take(device: Device): void {
    const known = this.entries.get(device.device_id);
    const entry = known ? replace(known, device, this.now_ms) : entryOf(device, this.now_ms);
    this.entries.set(device.device_id, entry);
  }

  #enqueue(changes: (Change | RoomChange)[]): void {
    for (const change of changes) {
      if (change.t === "al" || change.t === "in") this.onRoom(change);
      else this.#queue.push(change);
    }
    if (document.hidden) {
      this.#applyAll();
      this.lag.drop();
    } else {
      this.requestFrame();
    }
  }

  #applyAll(): void {
    if (!this.#queue.length) return;
    const now = Date.now();
    for (const change of this.#queue) {
      if (change.d === undefined) continue; // alarms and incidents are about no one device
      const entry = this.entries.get(change.d);
      if (change.t === "dev" || !entry) this.#refetch(change.d);
      if (change.t === "ev") this.events = [change, ...this.events].slice(0, EVENTS_KEPT);
      if (!entry) continue;
      apply(entry, change, now, now - this.skew_ms);
      if (change.t === "fix") this.lag.await("map", change.d, change.at, change.rx, change.f);
      if (change.t === "val") {
        const flags = Object.values(change.f ?? {}).reduce((all, bits) => all | bits, 0);
        this.lag.await("table", change.d, change.at, change.rx, flags);
      }
    }
    this.#queue.length = 0;
    this.#tableDirty = true;
  }

  #draw(): void {
    this.#frame = 0;
    this.#pace.begin();
    this.#applyAll();
    const now = Date.now();
    clearTimeout(this.#later);
    let next_ms = Infinity;
    if (!this.#painters.size) this.lag.drop(); // the map is not looked at
    for (const painter of this.#painters) next_ms = Math.min(next_ms, painter(now) ?? Infinity);
    this.lag.flush("map", now);
    if (this.#tableDirty && now - this.#tableAt >= TABLE_EVERY_MS) {
      this.#tableDirty = false;
      this.#tableAt = now;
      this.revision += 1;
      this.lag.flush("table", now);
    }
    if (this.#tableDirty) next_ms = Math.min(next_ms, this.#tableAt + TABLE_EVERY_MS - now);
    if (next_ms <= FRAME_MS) this.requestFrame();
    else if (next_ms < Infinity) this.#later = setTimeout(() => this.requestFrame(), next_ms);
  }

  #dirty(): void {
    this.#tableDirty = true;
    this.requestFrame();
  }

  /** Once a second: silence grows by itself, and so do relative times. */
  #second(): void {
    this.now_ms = Date.now() - this.skew_ms;
    for (const entry of this.entries.values()) refresh(entry, this.now_ms);
    this.#dirty();
  }

  /** The least delayed of the last heartbeats tells how far apart the clocks are. */
  #clock(server_ms: number): void {
    this.#skews.push(Date.now() - server_ms);
    if (this.#skews.length > CLOCK_SAMPLES) this.#skews.shift();
    const nearest = this.#skews.reduce((a, b) => (Math.abs(b) < Math.abs(a) ? b : a));
    this.skew_ms = Math.abs(nearest) < 1_000 ? 0 : nearest;
  }

  #refetch(id: string): void {
    if (this.#fetching.has(id)) return;
    this.#fetching.add(id);
    api
      .detail(id)
      .then((device) => {
        this.#take(device);
        this.#dirty();
      })
      .catch(() => undefined) // gone, or the stream's own retry will tell
      .finally(() => this.#fetching.delete(id));
  }

  /** After an approval or a revocation, without waiting for the stream to say so. */
  reload(id: string): void {
    this.#refetch(id);
  }
}

export const live = new Live();
