/** How grave an alarm is by what its event says of itself, as rows that a person writes. Pure. */

import { SEVERITIES, type Severity } from "../alarms/types";
import type { Rule } from "./api";

export type Row = readonly [word: string, severity: Severity];

/** What devices, watches and hot lists of this build say. */
export const WORDS = ["critical", "high", "normal", "warning", "info"] as const;

/** The gravest first. */
export const rowsOf = (rule: Rule): Row[] =>
  Object.entries(rule.severity_of ?? {}).sort(([, a], [, b]) => SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b));

export const documentOf = (rows: readonly Row[]): Record<string, Severity> =>
  Object.fromEntries(rows.map(([word, severity]) => [word.trim(), severity]));

/** A row that would be lost: it names nothing, or what another names. */
export const isLost = (rows: readonly Row[], nth: number): boolean => {
  const word = rows[nth]?.[0].trim() ?? "";
  return !word || rows.some(([other], at) => at !== nth && other.trim() === word);
};
