/** What the room has open: alarms and incidents, live, each once and in its newest version.
 *
 * The stream says what changes; a fresh start of the picture, or a storm of which only a number
 * is said, reads the lists again. What is shown follows at most five times a second.
 */

import { live } from "../live.svelte";
import { roomSide } from "../measure";
import type { AlarmChange, IncidentChange } from "../types";
import * as api from "./api";
import { byNeed, byUrgency, over, unheard, unseen } from "./queue";
import { Shelf } from "./shelf";
import type { Alarm, Incident } from "./types";

const SHOW_EVERY_MS = 200;
const AGAIN_MS = 1_000;
const RETRY_MS = 5_000;
/** A screen need not hold more of a storm than a room can look at. */
const MOST = 3_000;

type Heard = (row: Alarm | Incident) => void;

export class Room {
  /** Grows whenever what is shown changes. */
  revision = $state(0);
  loaded = $state(false);
  failed = $state(false);
  alarms = $state.raw<Alarm[]>([]);
  incidents = $state.raw<Incident[]>([]);
  /** Of each change that was shown: {id, version, at, shown}, epoch ms; the newest 5 000. */
  readonly shown: { id: number; version: number; at: number; shown: number }[] = [];

  #alarms = new Shelf<Alarm>(({ alarm_id }) => alarm_id, ({ closed_at }) => closed_at !== null, MOST, byUrgency);
  #incidents = new Shelf<Incident>(({ incident_id }) => incident_id, over, MOST, byNeed);
  #waiting: { id: number; version: number; at: number }[] = [];
  #next_ms = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #stop: AbortController | null = null;
  #heard = new Set<Heard>();

  /** Nobody has said yet that they know of these; the gravest first. */
  readonly unheard = $derived(this.incidents.filter((one) => one.severity === "CRITICAL" && unheard(one)));
  readonly unseen = $derived(
    this.alarms.filter((one) => one.severity === "CRITICAL" && one.incident_id === null && unseen(one)),
  );

  /** Within an effect: read the lists with every fresh picture. */
  follow(): () => void {
    void live.snapshots;
    if (live.snapshots > 0) void this.#read();
    return () => this.#stop?.abort();
  }

  /** Be told of every row that is new to this screen. */
  hear(heard: Heard): () => void {
    this.#heard.add(heard);
    return () => this.#heard.delete(heard);
  }

  incident(id: number): Incident | undefined {
    void this.revision;
    return this.#incidents.get(id);
  }

  alarm(id: number): Alarm | undefined {
    void this.revision;
    return this.#alarms.get(id);
  }

  /** One change of the stream. */
  take(change: AlarmChange | IncidentChange): void {
    if (change.more !== undefined) {
      this.#again ??= setTimeout(() => {
        this.#again = undefined;
        void this.#read();
      }, AGAIN_MS);
    }
    if (change.t === "al" && change.al) this.takeAlarm(change.al);
    if (change.t === "in" && change.in) this.takeIncident(change.in);
  }

  takeAlarm(row: Alarm): void {
    this.#took(this.#alarms.take(row), row);
    if (row.version === 1) this.#waiting.push({ id: row.alarm_id, version: row.version, at: Date.parse(row.raised_at) });
  }

  takeIncident(row: Incident): void {
    this.#took(this.#incidents.take(row), row);
  }

  #took(took: string, row: Alarm | Incident): void {
    if (took === "old") return;
    if (took === "new") for (const heard of this.#heard) heard(row);
    this.#later();
  }

  async #read(): Promise<void> {
    this.#stop?.abort();
    const stop = (this.#stop = new AbortController());
    this.#alarms.expect();
    this.#incidents.expect();
    try {
      const [alarms, incidents] = await Promise.all([
        paged((before) => api.alarms(before, stop.signal).then((a) => a.alarms), (row) => row.alarm_id),
        paged((before) => api.incidents("open", before, stop.signal).then((a) => a.incidents), (row) => row.incident_id),
      ]);
      if (stop.signal.aborted) return;
      const first = !this.loaded;
      const fresh = [
        ...this.#alarms.settle(alarms.rows, alarms.whole),
        ...this.#incidents.settle(incidents.rows, incidents.whole),
      ];
      this.loaded = true;
      this.failed = false;
      if (!first) for (const row of fresh) for (const heard of this.#heard) heard(row);
      this.#later();
    } catch {
      if (stop.signal.aborted) return;
      this.failed = true;
      setTimeout(() => !stop.signal.aborted && live.link === "live" && void this.#read(), RETRY_MS);
    }
  }

  /** At once, unless something was shown just now. */
  #later(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#show();
    }, Math.max(0, this.#next_ms - performance.now()));
  }

  #show(): void {
    this.#next_ms = performance.now() + SHOW_EVERY_MS;
    this.alarms = this.#alarms.all().sort(byUrgency);
    this.incidents = this.#incidents.all().sort(byNeed);
    this.revision += 1;
    const waiting = this.#waiting.splice(0);
    if (!waiting.length || document.hidden) return;
    requestAnimationFrame(() => {
      const shown = Date.now();
      for (const one of waiting) this.shown.push({ ...one, shown });
      if (this.shown.length > 5_000) this.shown.splice(0, this.shown.length - 5_000);
    });
  }
}

async function paged<T>(
  ask: (before: number | null) => Promise<T[]>,
  idOf: (row: T) => number,
): Promise<{ rows: T[]; whole: boolean }> {
  const rows: T[] = [];
  let before: number | null = null;
  while (rows.length < MOST) {
    const page: T[] = await ask(before);
    rows.push(...page);
    const last = page.at(-1);
    if (page.length < api.PAGE || !last) return { rows, whole: true };
    before = idOf(last);
  }
  return { rows, whole: false };
}

export const room = new Room();
live.onRoom = (change) => room.take(change);
roomSide.alarms = () => room.alarms.map(({ alarm_id, version }) => [alarm_id, version]);
roomSide.incidents = () => room.incidents.map(({ incident_id, version }) => [incident_id, version]);
roomSide.shown = () => room.shown;
