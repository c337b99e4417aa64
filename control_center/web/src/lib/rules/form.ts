/** A rule as a form shows it: fields by path, written as text, read back as what they are. Pure. */

import { SEVERITIES } from "../alarms/types";
import type { Fact, Rule } from "./api";
import { FACTS } from "./start";

/** `name`: a to z, digits and _, beginning with a letter. */
export type FieldKind = "text" | "name" | "number" | "names" | "flag" | "choice";

export interface Field {
  /** Where in the rule, such as `when.count`. */
  path: string;
  kind: FieldKind;
  unit?: string;
  choices?: readonly string[];
  /** May be left out. */
  optional?: boolean;
  /** Left out, it narrows nothing. */
  emptyIsAll?: boolean;
}

const HELD: readonly Field[] = [
  { path: "when.hold_s", kind: "number", unit: "s" },
  { path: "when.clear_hold_s", kind: "number", unit: "s" },
];

/** What only a new rule is asked. */
export const ID: Field = { path: "id", kind: "name" };
export const FACT: Field = { path: "when.fact", kind: "choice", choices: FACTS };

export const ABOUT: readonly Field[] = [
  { path: "title_es", kind: "text" },
  { path: "title_en", kind: "text" },
  { path: "kind", kind: "name" },
  { path: "severity", kind: "choice", choices: SEVERITIES },
];

export const WHEN: Record<Fact, readonly Field[]> = {
  event: [
    { path: "when.types", kind: "names" },
    { path: "when.kinds", kind: "names", optional: true, emptyIsAll: true },
    { path: "when.severities", kind: "names", optional: true, emptyIsAll: true },
    { path: "when.count", kind: "number" },
    { path: "when.within_s", kind: "number", unit: "s" },
    { path: "when.ended_by", kind: "names", optional: true },
    { path: "when.quiet_s", kind: "number", unit: "s", optional: true },
  ],
  metric: [
    { path: "when.metric", kind: "text" },
    { path: "when.kinds", kind: "names", optional: true, emptyIsAll: true },
    { path: "when.above", kind: "number", optional: true },
    { path: "when.below", kind: "number", optional: true },
    { path: "when.clear", kind: "number", optional: true },
    { path: "when.fresh_s", kind: "number", unit: "s" },
    ...HELD,
  ],
  silence: [{ path: "when.kinds", kind: "names", optional: true, emptyIsAll: true }, ...HELD],
  air: [
    { path: "when.at_least", kind: "choice", choices: ["aceptable", "mala", "muy_mala", "extremadamente_mala"] },
    ...HELD,
  ],
  ingest_lag: [
    { path: "when.above_s", kind: "number", unit: "s" },
    { path: "when.clear_s", kind: "number", unit: "s", optional: true },
    ...HELD,
  ],
};

export const THEN: readonly Field[] = [
  { path: "opens_incident", kind: "flag" },
  { path: "sop", kind: "name", optional: true },
  { path: "dedup", kind: "names", optional: true },
  { path: "correlate.group", kind: "name", optional: true },
  { path: "correlate.by", kind: "names", optional: true },
  { path: "correlate.metres", kind: "number", unit: "m" },
  { path: "correlate.seconds", kind: "number", unit: "s" },
];

type Tree = Record<string, unknown>;

export function read(rule: Rule, path: string): unknown {
  return path.split(".").reduce<unknown>((at, key) => (at as Tree | null)?.[key], rule);
}

/** As a person writes it. */
export function written(rule: Rule, { path, kind }: Field): string {
  const value = read(rule, path);
  if (value === null || value === undefined) return "";
  return kind === "names" ? (value as string[]).join(", ") : String(value);
}

/** The rule with one field as it was written; a number that is none stays text, which the server refuses by name. */
export function put(rule: Rule, { path, kind, optional }: Field, text: string | boolean): Rule {
  const copy = structuredClone(rule) as Tree;
  const keys = path.split(".");
  const last = keys.pop()!;
  const at = keys.reduce<Tree>((tree, key) => (tree[key] ??= {}) as Tree, copy);
  at[last] = typeof text === "boolean" ? text : parsed(text, kind, optional ?? false);
  return copy as Rule;
}

function parsed(text: string, kind: FieldKind, optional: boolean): unknown {
  const said = text.trim();
  if (kind === "names") return said ? said.split(/[,\s]+/).filter(Boolean) : [];
  if (optional && !said) return null;
  if (kind === "number") {
    const value = Number(said.replace(",", "."));
    return said && Number.isFinite(value) ? value : said;
  }
  return said;
}

/** Paths where two versions differ, with both values as text. */
export function changes(before: Rule, after: Rule): [path: string, was: string, is: string][] {
  const flat = (value: unknown, path: string): [string, string][] =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, each]) => flat(each, path ? `${path}.${key}` : key))
      : [[path, value === null || value === undefined ? "–" : String(value)]];
  const [a, b] = [new Map(flat(before, "")), new Map(flat(after, ""))];
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((path) => a.get(path) !== b.get(path))
    .map((path) => [path, a.get(path) ?? "–", b.get(path) ?? "–"]);
}

export type Fault = "missing" | "name" | "taken" | "either" | "panic";

const NAME = /^[a-z][a-z0-9_]{0,63}$/;

/** What can be told to be wrong before the server is asked, by path. `taken`: ids that a new rule cannot have. */
export function faults(rule: Rule, fields: readonly Field[], taken: readonly string[] = []): Map<string, Fault> {
  const found = new Map<string, Fault>();
  for (const field of fields) {
    const text = written(rule, field);
    if (field.kind === "flag") continue;
    if (!text) {
      if (!field.optional) found.set(field.path, "missing");
    } else if (field.kind === "name" && !NAME.test(text)) found.set(field.path, "name");
  }
  if (taken.includes(rule.id)) found.set("id", "taken");
  const { when } = rule;
  if (when.fact === "metric" && (when.above ?? null) === null === ((when.below ?? null) === null)) found.set("when.above", "either");
  // Who pressed a button is private, which goes by the kind.
  if (when.fact === "event" && when.types.some((type) => type.startsWith("panic")) && rule.kind !== "panic" && !found.has("kind")) found.set("kind", "panic");
  return found;
}
