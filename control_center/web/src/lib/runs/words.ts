/** Blocks, stops and events in the supervisor's words; reads the language chosen. */

import { quantity } from "../format";
import { has, prefs, t } from "../prefs.svelte";
import { duration, lateness } from "./figures";
import type { Mark } from "./mapdata";
import type { Segment } from "./types";

/** The street, or the block's own name where the plan names no street. */
export const segmentTitle = ({ street, segment_id }: Pick<Segment, "street" | "segment_id">): string =>
  street || t("blocks.unnamed", { id: segment_id });

export function markTitle({ type, place, value, unit }: Mark): string {
  if (type === "stop.place") return t("rm.stop.place", { place: place ?? "" });
  const key = type.startsWith("stop") ? `rm.${type}` : `event.${type}`;
  const title = has(key) ? t(key) : type;
  return value === null ? title : `${title}: ${quantity(value, unit ?? "", prefs.locale)}`;
}

/** "A tiempo", "12 min tarde"; a dash where nobody said when. */
export function punctual(late_s: number | null): string {
  if (late_s === null) return "–";
  const how = lateness(late_s);
  if (how === "ontime") return t("run.ontime");
  return t(how === "late" ? "run.late" : "run.early", { time: duration(Math.abs(late_s)) });
}

export const reasonName = (reason: string): string => {
  const key = `reason.${reason}`;
  return has(key) ? t(key) : reason;
};

/** The half of a text that says the same in Spanish and English, " · " between. */
export function inOwnWords(text: string): string {
  const halves = text.split(" · ");
  if (halves.length !== 2) return text;
  return halves[prefs.language === "es" ? 0 : 1] ?? text;
}
