/** Severities, states, kinds, roles and refusals in people's words; reads the language chosen. */

import type { Alarm, Incident, Severity } from "../alarms/types";
import { Problem } from "../api";
import { relative, span } from "../format";
import { live } from "../live.svelte";
import { has, prefs, t } from "../prefs.svelte";
import { explain } from "../session.svelte";
import type { Action, State } from "./types";

export const severityName = (severity: Severity): string => t(`sev.${severity}`);
export const stateName = (state: State | string): string => words("in.state", state);
export const actionName = (action: Action | string): string => words("in.act", action);
export const roleName = (role: string): string => words("role", role);
export const unitState = (state: string): string => words("un.state", state);
export const kindOf = (kind: string): string => words("al.kind", kind);

function words(prefix: string, key: string): string {
  const full = `${prefix}.${key}`;
  return has(full) ? t(full) : key;
}

type Titled = Pick<Alarm | Incident, "title_es" | "title_en">;
export const titleOf = (row: Titled): string => (prefs.language === "es" ? row.title_es : row.title_en);

/** "hace 3 min". */
export const ago = (at: string | number): string =>
  relative(typeof at === "number" ? at : Date.parse(at), live.now_ms, prefs.locale, t("time.now"));

/** "3 min": how old. */
export const age = (at: string): string => span(live.now_ms - Date.parse(at));

/** What is late, or how long there is; it never jumps by more than a second. */
export function left(at: string): { late: boolean; text: string } {
  const ms = Date.parse(at) - live.now_ms;
  const s = Math.floor(Math.abs(ms) / 1000);
  const text =
    s < 3_600
      ? `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`
      : `${Math.floor(s / 3_600)} h ${String(Math.floor((s % 3_600) / 60)).padStart(2, "0")} min`;
  return { late: ms < 0, text };
}

const BOTH = /^(?<es>.+?) \/ (?<en>.+)$/s;

/** One language of a text that is said in both. */
export function inLanguage(text: string): string {
  const said = BOTH.exec(text)?.groups?.[prefs.language] ?? text;
  return said.charAt(0).toUpperCase() + said.slice(1);
}

/** When it came where it stands. */
export function changedAt(one: Incident): string {
  const said = [one.acknowledged_at, one.dispatched_at, one.on_scene_at, one.resolved_at, one.closed_at];
  return said.reduce<string>((last, at) => (at !== null && Date.parse(at) > Date.parse(last) ? at : last), one.opened_at);
}

/** A refusal of the room in the operator's words. */
export function explainRoom(cause: unknown): string {
  if (!(cause instanceof Problem) || cause.status === 0) return explain(cause);
  if (cause.status === 409 || cause.status === 422) return inLanguage(cause.detail || cause.title);
  return explain(cause);
}
