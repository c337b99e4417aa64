/** Priorities, directions, classes and times in people's words; reads the language chosen. */

import { Problem } from "../api";
import { day, relative } from "../format";
import { live } from "../live.svelte";
import { has, prefs, t } from "../prefs.svelte";
import { hourMinute } from "../runs/figures";
import { zoneOfCity } from "../sensing/words";
import { explain } from "../session.svelte";
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

/** "31 dic 2026": the day something ends. */
export const dateOf = (at: string): string =>
  new Intl.DateTimeFormat(prefs.locale, {
    timeZone: zoneOfCity(),
    day: "numeric",
    month: "short",
    year: "numeric",
  }).format(Date.parse(at));

/** A confidence of 0 to 1. */
export const confidence = (score: number | null): string =>
  score === null
    ? "–"
    : `${new Intl.NumberFormat(prefs.locale, { maximumFractionDigits: 0 }).format(Math.floor(score * 100))} %`;

/** What the server says of a line of a file, and how that is said here; what is new is said as it came. */
const REFUSALS: [said: RegExp, key: "pk.no.odd" | "pk.no.length" | "pk.no.any" | "pk.no.twice" | "pk.no.listed" | "pk.no.expired" | "pk.no.date" | "pk.no.note" | "pk.no.cells" | "pk.no.lines"][] = [
  [/^(?<what>'.+'|".+") is on no plate/, "pk.no.odd"],
  [/characters, and this has (?<n>\d+)/, "pk.no.length"],
  [/has no \?/, "pk.no.any"],
  [/same plate as line (?<n>\d+)/, "pk.no.twice"],
  [/ is on .+ already/, "pk.no.listed"],
  [/expired already/, "pk.no.expired"],
  [/^(?<what>'.*'|".*") is no date/, "pk.no.date"],
  [/note is longer/, "pk.no.note"],
  [/more cells than/, "pk.no.cells"],
  [/lines are read/, "pk.no.lines"],
];

/** Why a line was refused, in the language chosen. */
export function refusal(why: string): string {
  for (const [said, key] of REFUSALS) {
    const found = said.exec(why);
    if (found) return t(key, found.groups ?? {});
  }
  return why;
}

/** A refusal about plates in the operator's words. */
export function explainPlate(cause: unknown): string {
  const detail = cause instanceof Problem ? cause.detail : "";
  const said = refusal(detail);
  return said === detail ? explain(cause) : said;
}
