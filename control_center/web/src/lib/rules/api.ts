/** Rules over HTTP, typed. */

import { json } from "../api";
import type { components } from "../openapi";

type Schemas = components["schemas"];

export type Rule = Schemas["Rule"];
export type Saved = Schemas["RuleAnswer"];
export type Tried = Schemas["Tried"];
export type Fact = Rule["when"]["fact"];

export const rules = async (signal?: AbortSignal): Promise<Saved[]> =>
  (await json<{ rules: Saved[] }>("/rules", { signal })).rules;
export const versions = async (id: string, signal?: AbortSignal): Promise<Saved[]> =>
  (await json<{ rules: Saved[] }>(`/rules/${encodeURIComponent(id)}/versions`, { signal })).rules;
export const trial = (rule: Rule): Promise<Tried> => json("/rules/try", { method: "POST", body: { rule } });
export const save = (rule: Rule, version: number, enabled: boolean, note: string): Promise<Saved> =>
  version === 0
    ? json("/rules", { method: "POST", body: { rule, version, enabled, note } })
    : json(`/rules/${encodeURIComponent(rule.id)}`, { method: "PUT", body: { rule, version, enabled, note } });
