/** Devices and values in the operator's words; reads the language chosen. */

import type { Entry } from "./changes";
import { quantity } from "./format";
import { has, prefs, t } from "./prefs.svelte";
import { unbelievable } from "./quality";
import { session } from "./session.svelte";
import type { Kind } from "./types";

export const kindShort = (kind: Kind): string => (has(`kind.${kind}`) ? t(`kind.${kind}`) : kind);

export function kindName(kind: Kind): string {
  const info = session.config?.kinds.find((known) => known.kind === kind);
  return info ? info[prefs.language] : kindShort(kind);
}

export function metricName(metric: string): string {
  const key = `metric.${metric}`;
  if (has(key)) return t(key);
  return session.config?.metrics[metric]?.[prefs.language] ?? metric;
}

const DERIVED: Record<string, string> = { speed_kmh: "km/h", heading_deg: "°" };

export const unitOf = (metric: string): string =>
  DERIVED[metric] ?? session.config?.metrics[metric]?.unit ?? "";

/** A device's metrics in the vocabulary's order; what it does not know comes last. */
export function metricsOf({ device }: Entry): string[] {
  const known = Object.keys(session.config?.metrics ?? {});
  const rank = (metric: string): number =>
    known.includes(metric) ? known.indexOf(metric) : known.length;
  return Object.keys(device.values).sort((a, b) => rank(a) - rank(b));
}

export const flagName = (flag: string): string => {
  const key = `flag.${flag}`;
  return has(key) ? t(key) : flag;
};

export const flagList = (flags: readonly string[]): string => flags.map(flagName).join(", ");

export interface Shown {
  text: string;
  /** Not shown as a number, and why. */
  doubt: string;
}

/** A value as it may be shown: one that cannot be believed is not a number. */
export function shown(metric: string, value: number, flags: readonly string[]): Shown {
  if (unbelievable(flags)) return { text: t("value.doubtful"), doubt: flagList(flags) };
  return { text: quantity(value, unitOf(metric), prefs.locale), doubt: "" };
}

export const nameOf = (entry: Entry): string => entry.device.name || entry.device.device_id;

const CARDINALS = ["N", "NE", "E", "SE", "S", "SO", "O", "NO"];

/** "NE 45°": a heading for people. West is O in Spanish. */
export function heading(deg: number): string {
  const name = CARDINALS[Math.round(deg / 45) % 8] ?? "";
  const spoken = prefs.language === "en" ? name.replace("O", "W") : name;
  return `${spoken} ${Math.round(deg)}°`;
}
