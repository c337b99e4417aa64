/** The order in which the room works, what is shown of it, and who is next. Pure. */

import { type Alarm, type Incident, rankOf, type Severity } from "./types";

/** Below 0 when `a` is later. Thousands of rows are sorted ten times a second, so nothing is parsed that needs not be. */
function later(a: string, b: string): number {
  if (a.length !== b.length) return Date.parse(b) - Date.parse(a);
  return a === b ? 0 : a > b ? -1 : 1;
}

/** What nobody has seen first, then the gravest, then the newest. */
export function byUrgency(a: Alarm, b: Alarm): number {
  const seen = (one: Alarm): number => (one.acknowledged_at === null && one.cleared_at === null ? 0 : 1);
  return (
    seen(a) - seen(b) ||
    rankOf(a.severity) - rankOf(b.severity) ||
    later(a.raised_at, b.raised_at) ||
    b.alarm_id - a.alarm_id
  );
}

/** New ones of a severity before those at work, and overdue ones before both. */
export function byNeed(a: Incident, b: Incident): number {
  const rest = (one: Incident): number => (one.state === "resolved" || over(one) ? 1 : 0);
  const need = (one: Incident): number => (one.overdue ? 0 : one.state === "new" ? 1 : 2);
  return (
    rest(a) - rest(b) ||
    rankOf(a.severity) - rankOf(b.severity) ||
    need(a) - need(b) ||
    later(a.opened_at, b.opened_at) ||
    b.incident_id - a.incident_id
  );
}

export const over = ({ state }: Incident): boolean => state === "closed" || state === "false";

/** Nobody has said that they know of it. */
export const unheard = (one: Incident): boolean => one.state === "new";

export const unseen = (one: Alarm): boolean =>
  one.acknowledged_at === null && one.cleared_at === null && one.closed_at === null;

/** Those of the chosen severities; none chosen: all. */
export function filtered<T extends { severity: Severity }>(rows: readonly T[], chosen: ReadonlySet<Severity>): T[] {
  return chosen.size ? rows.filter(({ severity }) => chosen.has(severity)) : [...rows];
}

/** The row so many steps from one; of none, the first. */
export function stepped<T>(rows: readonly T[], is: (row: T) => boolean, by: number): T | undefined {
  const at = rows.findIndex(is);
  if (at < 0) return rows[0];
  return rows[Math.max(0, Math.min(rows.length - 1, at + by))];
}

/** Rows as far as somebody scrolled, and at any rate some beyond the one that is being worked at. */
export function reached<T>(rows: readonly T[], chosen: T | undefined, scrolled: number, beyond: number): T[] {
  const at = chosen === undefined ? -1 : rows.indexOf(chosen);
  return rows.slice(0, Math.max(scrolled, at + beyond));
}

/** How many of each severity. */
export function counted(rows: readonly { severity: Severity }[]): Record<Severity, number> {
  const found: Record<Severity, number> = { CRITICAL: 0, MAJOR: 0, MINOR: 0, WARNING: 0, INDETERMINATE: 0 };
  for (const { severity } of rows) found[severity] += 1;
  return found;
}
