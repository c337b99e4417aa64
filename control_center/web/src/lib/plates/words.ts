/** Priorities, directions, classes and times in people's words; reads the language chosen. */

import { day, relative } from "../format";
import { live } from "../live.svelte";
import { has, prefs, t } from "../prefs.svelte";
import { hourMinute } from "../runs/figures";
import { zoneOfCity } from "../sensing/words";
import type { Direction } from "./types";

/** What the server joins small groups under. */
const OTHERS = "otros";

export const directionName = (direction: Direction | null): string => t(`pl.${direction || "unknown"}`);

/** A class of vehicle as a plate's series tells it. */
export function className(key: string): string {
  if (!key) return t("pc.unknown");
  const full = `pc.kind.${key}`;
  return has(full) ? t(full) : key;
}

/** Where a plate is from. */
export function originName(key: string): string {
  if (!key) return t("pc.unknown");
  return key === OTHERS ? t("pc.others") : key;
}

export const ago = (at: string): string =>
  relative(Date.parse(at), live.now_ms, prefs.locale, t("time.now"));

/** "mié 25 nov, 06:42". */
export function when(at: string | number): string {
  const ms = typeof at === "number" ? at : Date.parse(at);
  return `${day(ms, prefs.locale, zoneOfCity())}, ${hourMinute(ms, zoneOfCity())}`;
}

/** A confidence of 0 to 1. */
export const confidence = (score: number | null): string =>
  score === null
    ? "–"
    : `${new Intl.NumberFormat(prefs.locale, { maximumFractionDigits: 0 }).format(Math.floor(score * 100))} %`;
