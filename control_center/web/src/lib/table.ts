/** Which devices the list shows, and in what order. Pure. */

import type { Entry } from "./changes";
import { headline } from "./headline";
import { type Mark, urgency } from "./state";
import type { Kind } from "./types";

export type Column = "device" | "presence" | "seen" | "value" | "battery";

export interface Filter {
  search: string;
  kind: Kind | "";
  mark: Mark | "";
}

export interface Sort {
  column: Column;
  descending: boolean;
}

/** Lower case without accents: "Álamo" is found by "alamo". */
export function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function matches(entry: Entry, filter: Filter, words: readonly string[]): boolean {
  const { device } = entry;
  if (filter.kind && device.kind !== filter.kind) return false;
  if (filter.mark ? entry.mark !== filter.mark : entry.mark === "revoked") return false;
  if (!words.length) return true;
  const text = fold(`${device.name} ${device.device_id}`);
  return words.every((word) => text.includes(word));
}

const BATTERY = ["battery_pct", "battery_v"] as const;

/** The battery as reported: percent before volts. */
export function battery(entry: Entry): { metric: string; value: number; flags: string[] } | null {
  for (const metric of BATTERY) {
    const found = entry.device.values[metric];
    if (found) return { metric, value: found.value, flags: found.flags };
  }
  return null;
}

type Rank = number | string | null;

const RANKS: Record<Column, (entry: Entry) => Rank> = {
  device: (entry) => fold(entry.device.name || entry.device.device_id),
  presence: (entry) => urgency(entry.mark),
  seen: (entry) => (entry.seen_ms === null ? null : -entry.seen_ms),
  value: (entry) => headline(entry)?.value ?? null,
  battery: (entry) => battery(entry)?.value ?? null,
};

const collator = new Intl.Collator("es", { numeric: true });

function compare(a: Rank, b: Rank): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return collator.compare(String(a), String(b));
}

/** Rows to show. What has nothing to sort by comes last, both ways; ties keep the name's order. */
export function rows(entries: Iterable<Entry>, filter: Filter, sort: Sort): Entry[] {
  const words = fold(filter.search).split(/\s+/).filter(Boolean);
  const rank = RANKS[sort.column];
  const sign = sort.descending ? -1 : 1;
  return [...entries]
    .filter((entry) => matches(entry, filter, words))
    .map((entry) => ({ entry, rank: rank(entry), name: RANKS.device(entry) }))
    .sort((a, b) => {
      if (a.rank === null || b.rank === null) {
        if (a.rank !== b.rank) return a.rank === null ? 1 : -1;
      } else {
        const order = compare(a.rank, b.rank) * sign;
        if (order !== 0) return order;
      }
      return compare(a.name, b.name) || compare(a.entry.device.device_id, b.entry.device.device_id);
    })
    .map(({ entry }) => entry);
}
