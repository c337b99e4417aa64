import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { AIR, ANOMALIES, hashOf, NOISE, type Place, placeOf, sectionOf } from "../src/lib/address";
import { drawable, meant, shown } from "../src/lib/sensing/anomalies";
import { census, contrast, inkOn, levelOf, worstOf } from "../src/lib/sensing/categories";
import { outline, projection } from "../src/lib/sensing/citymap";
import { apart, guides, span, ticks, WHO } from "../src/lib/sensing/levels";
import { RULES, stretches } from "../src/lib/sensing/rules";
import { ceiling, dayRows, lineOf, midnight, tally } from "../src/lib/sensing/strip";
import { anomaly, CATEGORIES, hour, noiseDay, station } from "./sensing";

const ZONE = "America/Mexico_City";
const HOUR_MS = 3_600_000;

describe("an address of air, noise or anomalies", () => {
  const places: Place[] = [
    AIR,
    NOISE,
    ANOMALIES,
    { ...AIR, station: "A-01", days: 14 },
    { ...NOISE, station: "N 1/ñ" },
    { ...ANOMALIES, show: "all", device: "A-01", days: 30, anomaly: 12 },
    { ...ANOMALIES, show: "open", at_ms: 1_700_000_000_123 },
  ];

  it.each(places)("leads back to where it was made: %o", (place) => {
    expect(placeOf(hashOf(place))).toEqual(place);
  });

  it("says no more than what is not as usual", () => {
    expect([AIR, NOISE, ANOMALIES].map(hashOf)).toEqual(["#/aire", "#/ruido", "#/anomalias"]);
  });

  it("belongs to an entry of the navigation", () => {
    expect(places.map(sectionOf).slice(0, 3)).toEqual(["air", "noise", "anomalies"]);
    expect(sectionOf(placeOf("#/rutas/corrida/3"))).toBe("routes");
  });
});

describe("the bounds behind a chart", () => {
  const RULE_FILES = new URL("../../../sensing/rules/", import.meta.url);

  /** {pollutant: bounds} of a rule file; what it does not say is as in its base. */
  function boundsIn(rule: string): Record<string, number[]> {
    const text = readFileSync(new URL(`${rule}.toml`, RULE_FILES), "utf8");
    const base = /^base = "(.+)"/m.exec(text)?.[1];
    const own = [...text.matchAll(/\[pollutants\.(\w+)\]([^[]*\[?[^\]]*\])/g)].map(([, name = "", body = ""]) => {
      const list = /bounds = \[([^\]]+)\]/.exec(body)?.[1] ?? "";
      return [name, list.split(",").map(Number)] as const;
    });
    return { ...(base ? boundsIn(base) : {}), ...Object.fromEntries(own) };
  }

  it.each(Object.keys(RULES))("are those of the rule file %s", (rule) => {
    const here = Object.fromEntries(Object.entries(RULES[rule]!).map(([name, { bounds }]) => [name, bounds]));
    expect(here).toEqual(boundsIn(rule));
  });

  it("change where the rule changes", () => {
    const old = { rule: "nom172-2024", hour: "2025-12-31T23:00:00Z" };
    const now = { rule: "nom172-2026", hour: "2026-01-01T00:00:00Z" };
    const at = Date.parse(now.hour);
    expect(stretches([old, now], at - 9 * HOUR_MS, at + 9 * HOUR_MS)).toEqual([
      { rule: old.rule, from_ms: at - 9 * HOUR_MS, to_ms: at },
      { rule: now.rule, from_ms: at, to_ms: at + 9 * HOUR_MS },
    ]);
    expect(stretches([], 0, 1)).toEqual([]);
  });
});

describe("a category", () => {
  it.each(CATEGORIES)("$key reads on its official colour", ({ colour }) => {
    expect(contrast(colour, inkOn(colour))).toBeGreaterThanOrEqual(4.5);
  });

  it("has a level that needs no colour; too few data has none", () => {
    expect(CATEGORIES.map(({ key }) => levelOf(CATEGORIES, key))).toEqual([1, 2, 3, 4, 5]);
    expect(levelOf(CATEGORIES, "insuficiente")).toBe(0);
  });

  it("is counted, worst first; the worst is never one that nobody knows", () => {
    const city = [station({ category: "mala" }), station(), station({ category: "insuficiente" })];
    expect(census(CATEGORIES, city).map(({ stations }) => stations)).toEqual([0, 0, 1, 0, 1, 1]);
    expect(worstOf(CATEGORIES, city)?.key).toBe("mala");
    expect(worstOf(CATEGORIES, [station({ category: "insuficiente" })])).toBeNull();
  });
});

describe("the strip of hours", () => {
  const noon = Date.parse("2026-05-12T18:00:00Z"); // 12:00 in the city

  it("begins days at the city's midnight, and ends now", () => {
    expect(midnight("2026-05-12", ZONE)).toBe(Date.parse("2026-05-12T06:00:00Z"));
    const rows = dayRows([], "2026-05-12", 3, noon, ZONE);
    expect(rows.map(({ day, cells }) => [day, cells.length])).toEqual([
      ["2026-05-10", 24],
      ["2026-05-11", 24],
      ["2026-05-12", 12],
    ]);
  });

  it("has a day of 25 hours, and one of 23, where clocks change", () => {
    const length = (day: string): number =>
      dayRows([], day, 1, Date.parse("2027-01-01T00:00:00Z"), "America/Tijuana")[0]!.cells.length;
    expect(["2026-03-08", "2026-03-09", "2026-11-01"].map(length)).toEqual([23, 24, 25]);
  });

  it("keeps a gap as a gap: an empty place, a broken line, a lone value marked", () => {
    const hours = [
      hour("2026-05-12T06:00:00Z", 10),
      hour("2026-05-12T07:00:00Z", 12),
      hour("2026-05-12T10:00:00Z", 14),
      hour("2026-05-12T12:00:00Z", null),
    ];
    const [row] = dayRows(hours, "2026-05-12", 1, noon, ZONE);
    expect(row!.cells.map(({ said }) => said !== null).slice(0, 7)).toEqual([
      ...[true, true, false, false, true, false, true],
    ]);
    expect(lineOf([row!], "pm25").y.slice(0, 7)).toEqual([10, 12, null, null, 14, null, null]);
    expect(lineOf([row!], "pm25").alone.slice(0, 5)).toEqual([null, null, null, null, 14]);
    expect(tally(row!)).toEqual(new Map([["buena", 3], [null, 8], ["insuficiente", 1]]));
  });

  it("marks an hour in which readings were left out, without a value", () => {
    const pm25 = { value: null, unit: "ug/m3", category: "insuficiente", doubts: ["stuck"] };
    const [row] = dayRows([hour("2026-05-12T06:00:00Z", null, { pollutants: { pm25 } })], "2026-05-12", 1, noon, ZONE);
    const line = lineOf([row!], "pm25");
    expect([line.y[0], line.doubted[0], line.doubted[1]]).toEqual([null, 0, null]);
  });

  it("draws a chart up to its values, and far enough to show the first bound", () => {
    expect(ceiling([null, 5], [45, 60])).toBeCloseTo(51.75);
    expect(ceiling([100], [45, 60])).toBeCloseTo(112);
    expect(ceiling([], [])).toBeGreaterThan(0);
  });
});

describe("sound levels", () => {
  const limits = { day_db: 55, night_db: 50, day_hours: [6, 22] as [number, number], citation: "" };

  it("are held against the limits of the zone and the guidance of the WHO", () => {
    expect(WHO).toEqual({ lden_db: 53, lnight_db: 45 });
    expect(guides(limits).map(({ guide, db }) => [guide, db])).toEqual([
      ["nom_day", 55],
      ["who_lden", 53],
      ["nom_night", 50],
      ["who_lnight", 45],
    ]);
    expect(guides({ ...limits, night_db: null })).toHaveLength(3);
  });

  it("all fit on the scale, the unknown aside", () => {
    const days = [noiseDay({ lden_db: 91, lnight_db: 28 }), noiseDay({ lday_db: null })];
    expect(span(days, guides(limits))).toEqual([20, 100]);
    expect(span([], guides(limits))).toEqual([30, 80]);
    expect(ticks([30, 60])).toEqual([30, 40, 50, 60]);
  });

  it("have labels that keep apart, in their order, within the picture", () => {
    expect(apart([50, 52, 90], 10, 0, 100)).toEqual([50, 60, 90]);
    expect(apart([95, 96, 97], 10, 0, 100)).toEqual([80, 90, 100]);
    expect(apart([60, 10], 10, 0, 100)).toEqual([60, 10]);
  });
});

describe("anomalies", () => {
  const all = [
    anomaly({ anomaly_id: 1 }),
    anomaly({ anomaly_id: 2, ended_at: null, is_true: true }),
    anomaly({ anomaly_id: 3, is_true: false }),
  ];
  const ids = (show: "unmarked" | "open" | "marked" | "all"): number[] =>
    shown(all, show).map(({ anomaly_id }) => anomaly_id);

  it("are shown by what is left to do with them", () => {
    expect([ids("unmarked"), ids("open"), ids("marked"), ids("all")]).toEqual([[1], [2], [2, 3], [1, 2, 3]]);
  });

  it("are found by number, or by when they began", () => {
    expect(meant(all, { anomaly: 3, at_ms: null })).toBe(all[2]);
    expect(meant(all, { anomaly: null, at_ms: Date.parse("2026-05-12T12:00:00.250Z") })).toBe(all[0]);
    expect(meant(all, { anomaly: 9, at_ms: null })).toBeNull();
    expect(meant(all, { anomaly: null, at_ms: 0 })).toBeNull();
    expect(meant(all, { anomaly: null, at_ms: null })).toBeNull();
  });

  it("have a chart where there is a series", () => {
    expect(drawable(anomaly())).toBe(true);
    expect(drawable(anomaly({ metric: "messages" }))).toBe(false);
    expect(drawable(anomaly({ why: "silence" }))).toBe(false);
  });
});

describe("the city's map", () => {
  it("holds every station, north up, and nothing without a place", () => {
    const placed = [station(), station({ lat_deg: 18.2, lon_deg: -94.4 }), station({ lat_deg: null })];
    const project = projection(placed, 300, 200)!;
    const [a, b] = [project(-94.45, 18.14), project(-94.4, 18.2)];
    for (const { x, y } of [a, b]) {
      expect(x).toBeGreaterThan(0);
      expect(x).toBeLessThan(300);
      expect(y).toBeGreaterThan(0);
      expect(y).toBeLessThan(200);
    }
    expect(b.x).toBeGreaterThan(a.x);
    expect(b.y).toBeLessThan(a.y);
    expect(projection([station({ lat_deg: null })], 300, 200)).toBeNull();
  });

  it("draws outlines without corners that nobody could see", () => {
    const ring = [[-94.45, 18.14], [-94.4499999, 18.14], [-94.4, 18.14], [-94.4, 18.2], [-94.45, 18.14]];
    const project = projection([station(), station({ lon_deg: -94.4, lat_deg: 18.2 })], 300, 200)!;
    const path = outline({ type: "Polygon", coordinates: [ring] }, project);
    expect(path.match(/L/g)).toHaveLength(3);
    expect(outline({ type: "Point", coordinates: [0, 0] }, project)).toBe("");
  });
});
