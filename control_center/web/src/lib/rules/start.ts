/** What a new rule begins with: nothing where a person has to say it, the usual elsewhere. Pure.
 *
 * tests/unit/test_rules.py holds the document beside the server's own defaults.
 */

import type { Fact, Rule, Saved } from "./api";
import start from "./start.json";

export const FACTS = Object.keys(start.when) as Fact[];

const conditionOf = (fact: Fact): Rule["when"] => structuredClone(start.when[fact]) as unknown as Rule["when"];

/** A rule about this that nobody has named yet. */
export const blank = (fact: Fact = "event"): Rule =>
  ({ ...structuredClone(start.rule), when: conditionOf(fact) }) as unknown as Rule;

/** The same rule about something else; only events say how grave they are themselves. */
export const about = (rule: Rule, fact: Fact): Rule => ({
  ...rule,
  when: conditionOf(fact),
  severity_of: fact === "event" ? (rule.severity_of ?? {}) : {},
});

/** As the form takes it: version 0 is not saved yet. */
export const unsaved = (): Saved => ({
  ...{ rule_id: "", version: 0, enabled: true, note: "", saved_at: "", saved_by: "" },
  rule: blank(),
});
