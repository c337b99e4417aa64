/** `window.c5`: what a bench or a test may ask the page, and the page itself shows.
 *
 *     c5.lag()      samples of the last 5 000 live changes, drawn − measured in `samples_ms`,
 *                   and whole ({d, at, rx, drawn}, epoch ms) in `samples`
 *     c5.ready      the first snapshot is in and the map has drawn itself
 *     c5.count      live changes drawn since the page opened
 *     c5.devices    devices known
 *     c5.run        the run's page: its map has drawn itself (`drawn`), the blocks in sight
 *                   (`blocks()`, {id, state} each), where its truck is (`truck()`) and the slider (`at_ms`)
 *     c5.room       the room: a map of it has drawn itself (`drawn`), what lies on it (`pins()`, {key, x, y}
 *                   each), alarms and incidents known (`alarms()`, `incidents()`, by number and version)
 *                   and when each new alarm was on screen (`shown()`, {id, version, at, shown}, epoch ms)
 *     c5.where(id)  where a device's dot is now: CSS pixels in the window, or null when off the map
 */

import type { Sample } from "./lag";
import { live } from "./live.svelte";

export interface Where {
  x: number;
  y: number;
}

export interface RunSide {
  drawn: boolean;
  blocks: () => { id: string; state: string }[];
  truck: () => Where | null;
  at_ms: () => number | null;
}

export interface RoomSide {
  drawn: boolean;
  pins: () => ({ key: string } & Where)[];
  alarms: () => [id: number, version: number][];
  incidents: () => [id: number, version: number][];
  shown: () => { id: number; version: number; at: number; shown: number }[];
}

export interface Measure {
  lag(): { samples_ms: number[]; samples: Sample[] };
  readonly ready: boolean;
  readonly count: number;
  readonly devices: number;
  where(id: string): Where | null;
  readonly run: RunSide;
  readonly room: RoomSide;
}

declare global {
  interface Window {
    c5: Measure;
  }
}

interface MapSide {
  drawn: boolean;
  where: (id: string) => Where | null;
}

/** Filled in by the map when it is there. */
export const mapSide: MapSide = { drawn: false, where: () => null };

/** Filled in by the map of a run while its page is open. */
export const runSide: RunSide = {
  drawn: false,
  blocks: () => [],
  truck: () => null,
  at_ms: () => null,
};

/** Filled in by the room's map while one is open; the rows are there on any page. */
export const roomSide: RoomSide = {
  drawn: false,
  pins: () => [],
  alarms: () => [],
  incidents: () => [],
  shown: () => [],
};

export function expose(): void {
  window.c5 = {
    lag() {
      const samples = live.lag.samples();
      return { samples_ms: samples.map(({ at, drawn }) => drawn - at), samples };
    },
    get ready() {
      return live.loaded && mapSide.drawn;
    },
    get count() {
      return live.lag.drawn;
    },
    get devices() {
      return live.entries.size;
    },
    get run() {
      return runSide;
    },
    get room() {
      return roomSide;
    },
    where: (id) => mapSide.where(id),
  };
}
