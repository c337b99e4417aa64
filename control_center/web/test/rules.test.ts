import { describe, expect, it } from "vitest";

import { ROOM, roomHashOf, roomPlaceOf } from "../src/lib/incidents/address";
import { ABOUT, changes, FACT, faults, type Field, ID, put, THEN, WHEN, written } from "../src/lib/rules/form";
import { documentOf, isLost, type Row, rowsOf } from "../src/lib/rules/severities";
import { about, blank, FACTS, unsaved } from "../src/lib/rules/start";

const fieldsOf = (fact: (typeof FACTS)[number]): Field[] => [ID, ...ABOUT, FACT, ...WHEN[fact], ...THEN];
const named = (rule = blank()) =>
  ["id", "kind", "title_es", "title_en"].reduce((one, path) => put(one, { path, kind: "text" }, "ruido"), rule);

describe("a new rule", () => {
  it("has an address of its own, which no rule's id can be", () => {
    const hash = roomHashOf({ ...ROOM, view: "rules", rule: "" });
    expect(hash).toBe("#/sala/reglas?nueva=1");
    expect(roomPlaceOf("sala", "reglas", "", new URLSearchParams("nueva=1"))).toEqual({ ...ROOM, view: "rules", rule: "" });
    expect(roomPlaceOf("sala", "reglas", "nueva", new URLSearchParams())).toMatchObject({ rule: "nueva" });
  });

  it.each(FACTS)("about %s wants names, and what it is about, and nothing else", (fact) => {
    const asked = { event: ["when.types"], metric: ["when.metric", "when.above"], silence: [], air: [], ingest_lag: [] }[fact];
    expect([...faults(blank(fact), fieldsOf(fact)).keys()]).toEqual(["id", "title_es", "title_en", "kind", ...asked]);
    expect([...faults(named(blank(fact)), fieldsOf(fact)).keys()]).toEqual(asked);
    expect(written(blank(fact), FACT)).toBe(fact);
  });

  it("is a document of its own each time", () => {
    put(blank(), ID, "x");
    expect(unsaved()).toMatchObject({ version: 0, rule_id: "", rule: { id: "" } });
    expect(blank().when).not.toBe(blank().when);
  });

  it("can be about something else, and keeps its names", () => {
    const graver = { ...named(), severity_of: { critical: "MAJOR" as const } };
    expect(about(graver, "event").severity_of).toEqual({ critical: "MAJOR" });
    expect(about(graver, "air")).toMatchObject({ id: "ruido", severity_of: {}, when: { fact: "air", at_least: "mala" } });
  });

  it("has an id that fits and is free, one limit, and a press its own kind", () => {
    const at = (path: string, text: string, rule = named()) => faults(put(rule, { path, kind: "text" }, text), fieldsOf(rule.when.fact), ["panic"]);
    for (const id of ["Ruido", "1ruido", "ruido alto", "año", "_x", "a".repeat(65)]) expect(at("id", id).get("id")).toBe("name");
    for (const id of ["r", "ruido_2", "a".repeat(64)]) expect(at("id", id).has("id")).toBe(false);
    expect(at("id", "panic").get("id")).toBe("taken");
    const metric = named(blank("metric"));
    const limit = (path: string, one = metric) => put(one, { path, kind: "number" }, "5");
    const [above, both] = [limit("when.above"), limit("when.above", limit("when.below"))];
    expect([metric, above, both].map((one) => faults(one, []).get("when.above"))).toEqual(["either", undefined, "either"]);
    const types: Field = { path: "when.types", kind: "names" };
    const press = put(named(), types, "overspeed, panic_driver");
    expect(faults(press, fieldsOf("event")).get("kind")).toBe("panic");
    expect(faults(put(press, { path: "kind", kind: "name" }, "panic"), fieldsOf("event")).size).toBe(0);
  });
});

describe("the severity that an event says", () => {
  const rule = { ...named(), severity_of: { critical: "CRITICAL" as const, high: "MAJOR" as const } };

  it("is rows, and a document again", () => {
    expect(documentOf(rowsOf(rule))).toEqual(rule.severity_of);
    expect(rowsOf(blank())).toEqual([]);
    const stored = { ...rule, severity_of: { high: "MAJOR" as const, critical: "CRITICAL" as const } };
    expect(rowsOf(stored)).toEqual([["critical", "CRITICAL"], ["high", "MAJOR"]]);
    expect(documentOf([[" info ", "MINOR"]])).toEqual({ info: "MINOR" });
  });

  it("loses no row unsaid", () => {
    const rows: Row[] = [["high", "MAJOR"], ["", "MINOR"], ["high ", "MINOR"], ["low", "MINOR"]];
    expect(rows.map((_, nth) => isLost(rows, nth))).toEqual([true, true, true, false]);
  });

  it("is a change by its word", () => {
    const after = { ...rule, severity_of: { critical: "MAJOR" as const, info: "WARNING" as const } };
    expect(changes(rule, after)).toEqual([
      ["severity_of.critical", "CRITICAL", "MAJOR"],
      ["severity_of.high", "MAJOR", "–"],
      ["severity_of.info", "–", "WARNING"],
    ]);
  });
});
