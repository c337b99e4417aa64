import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { byNeed, byUrgency, counted, filtered, reached, stepped } from "../src/lib/alarms/queue";
import { Shelf } from "../src/lib/alarms/shelf";
import { type Alarm, type Incident, SEVERITIES, SEVERITY_SHAPES, SEVERITY_SIGNS } from "../src/lib/alarms/types";
import { ROOM, ROOM_VIEWS, roomHashOf, roomPlaceOf } from "../src/lib/incidents/address";
import { around, extended, onlyMoved } from "../src/lib/incidents/track";
import { alarmsAt, incidentsAt, lastBefore, logAt, momentsOf, passagesAt, readingsAt, stateAt, whereAt } from "../src/lib/replay/past";
import type { Rule } from "../src/lib/rules/api";
import { changes, put, WHEN, written } from "../src/lib/rules/form";
import { dayOf, median } from "../src/lib/wall/health";

const at = (minute: number): string => new Date(Date.UTC(2026, 0, 2, 12, minute)).toISOString();
const ms = (minute: number): number => Date.parse(at(minute));

const alarm = (said: Partial<Alarm> = {}): Alarm => ({
  ...{ alarm_id: 1, kind: "panic", severity: "MAJOR", title_es: "a", title_en: "a", device_id: null, device_name: null },
  ...{ lat_deg: null, lon_deg: null, raised_at: at(0), last_at: at(0), count: 1, cleared_at: null, cleared_by: null },
  ...{ acknowledged_at: null, acknowledged_by: null, closed_at: null, closed_by: null, assignee: null },
  ...{ incident_id: null, rule_id: "r", rule_version: 1, detail: {}, version: 1 },
  ...said,
});

const incident = (said: Partial<Incident> = {}): Incident => ({
  ...{ incident_id: 1, kind: "panic", severity: "MAJOR", state: "new", title_es: "a", title_en: "a", device_id: null },
  ...{ lat_deg: 18.1, lon_deg: -94.4, opened_at: at(0), opened_by: "c5", last_at: at(0), acknowledged_at: null },
  ...{ dispatched_at: null, on_scene_at: null, resolved_at: null, closed_at: null, assignee: null, role: "operador" },
  ...{ alarms: 1, next_due: null, overdue: false, escalated_to: null, version: 1 },
  ...said,
});

const shelf = (most = Infinity): Shelf<Alarm> =>
  new Shelf((one) => one.alarm_id, (one) => one.closed_at !== null, most, byUrgency);

describe("a shelf of rows", () => {
  it("keeps the higher version, whatever the order they come in", () => {
    const kept = shelf();
    expect(kept.take(alarm({ version: 2, count: 2 }))).toBe("new");
    expect(kept.take(alarm({ version: 1 }))).toBe("old");
    expect(kept.take(alarm({ version: 2 }))).toBe("old");
    expect(kept.take(alarm({ version: 3, count: 3 }))).toBe("newer");
    expect(kept.all().map(({ count }) => count)).toEqual([3]);
  });

  it("does not bring back what is over", () => {
    const kept = shelf();
    kept.take(alarm());
    expect(kept.take(alarm({ version: 3, closed_at: at(1) }))).toBe("over");
    expect(kept.take(alarm({ version: 2 }))).toBe("old");
    expect(kept.size).toBe(0);
    expect(kept.take(alarm({ version: 4 }))).toBe("new"); // reopened
  });

  it("replaces what is there by a list, but not what came meanwhile", () => {
    const kept = shelf();
    kept.take(alarm({ alarm_id: 1 }));
    kept.take(alarm({ alarm_id: 2, version: 5 }));
    kept.expect();
    kept.take(alarm({ alarm_id: 3 })); // after the list was made
    const fresh = kept.settle([alarm({ alarm_id: 2, version: 4 }), alarm({ alarm_id: 4 })], true);
    expect(kept.all().map(({ alarm_id, version }) => [alarm_id, version])).toEqual([[2, 5], [3, 1], [4, 1]]);
    expect(fresh.map(({ alarm_id }) => alarm_id)).toEqual([4]);
  });

  it("drops nothing for a list that was cut", () => {
    const kept = shelf();
    kept.take(alarm({ alarm_id: 1 }));
    kept.expect();
    kept.settle([alarm({ alarm_id: 9 })], false);
    expect(kept.size).toBe(2);
  });

  it("stays bounded in a storm, and keeps the gravest", () => {
    const kept = shelf(100);
    kept.take(alarm({ alarm_id: 1, severity: "CRITICAL" }));
    for (let id = 2; id < 2_000; id += 1) kept.take(alarm({ alarm_id: id, severity: "WARNING" }));
    expect(kept.size).toBeLessThanOrEqual(100);
    expect(kept.get(1)).toBeDefined();
  });
});

describe("the queue", () => {
  it("has what nobody saw first, then the gravest, then the newest", () => {
    const rows = [
      alarm({ alarm_id: 1, severity: "CRITICAL", acknowledged_at: at(1) }),
      alarm({ alarm_id: 2, severity: "MINOR" }),
      alarm({ alarm_id: 3, severity: "MAJOR", raised_at: at(1) }),
      alarm({ alarm_id: 4, severity: "MAJOR", raised_at: at(2) }),
    ];
    expect(rows.sort(byUrgency).map(({ alarm_id }) => alarm_id)).toEqual([4, 3, 2, 1]);
  });

  it("has overdue incidents before new ones of the same severity, resolved ones last", () => {
    const rows = [
      incident({ incident_id: 1, state: "resolved", severity: "CRITICAL" }),
      incident({ incident_id: 2 }),
      incident({ incident_id: 3, state: "acknowledged", overdue: true }),
      incident({ incident_id: 4, severity: "CRITICAL", state: "on_scene" }),
    ];
    expect(rows.sort(byNeed).map(({ incident_id }) => incident_id)).toEqual([4, 3, 2, 1]);
  });

  it("steps within its ends, and begins at the first", () => {
    const is = (id: number) => (one: number): boolean => one === id;
    expect(stepped([5, 6, 7], is(6), 1)).toBe(7);
    expect(stepped([5, 6, 7], is(7), 1)).toBe(7);
    expect(stepped([5, 6, 7], is(9), 1)).toBe(5);
    expect(stepped([], is(1), 1)).toBeUndefined();
  });

  it("counts and filters by severity", () => {
    const rows = [alarm({ severity: "MINOR" }), alarm({ severity: "MINOR" }), alarm({ severity: "WARNING" })];
    expect(counted(rows)).toMatchObject({ CRITICAL: 0, MINOR: 2, WARNING: 1 });
    expect(filtered(rows, new Set(["WARNING"]))).toHaveLength(1);
    expect(filtered(rows, new Set())).toHaveLength(3);
  });
});

describe("a long list", () => {
  const rows = [...Array(100).keys()];

  it("is laid out as far as it was scrolled, and beyond the chosen row", () => {
    expect(reached(rows, undefined, 30, 30)).toHaveLength(30);
    expect(reached(rows, 5, 30, 30)).toHaveLength(35);
    expect(reached(rows, 5, 60, 30)).toHaveLength(60);
    expect(reached(rows, 90, 30, 30)).toHaveLength(100);
    expect(reached(rows, 500, 30, 30)).toHaveLength(30);
  });
});

describe("an incident's place", () => {
  it("is all that is new when a button moves", () => {
    const before = incident();
    expect(onlyMoved(before, incident({ lat_deg: 18.2, version: 2, last_at: at(1) }))).toBe(true);
    expect(onlyMoved(before, incident({ version: 2 }))).toBe(false); // a note: there is more to read
    expect(onlyMoved(before, incident({ lat_deg: 18.2, state: "dispatched", version: 2 }))).toBe(false);
  });

  it("makes the track longer, once", () => {
    const track = extended([[ms(0), -94.4, 18.1]], ms(1), -94.4, 18.2);
    expect(track).toHaveLength(2);
    expect(extended(track, ms(2), -94.4, 18.2)).toHaveLength(2);
  });

  it("is shown with room around it", () => {
    expect(around([])).toBeNull();
    const [west, south, east, north] = around([{ lon: -94.4, lat: 18.1 }], 0.01)!;
    expect(east - west).toBeCloseTo(0.01);
    expect(north - south).toBeCloseTo(0.01);
  });
});

describe("addresses", () => {
  it.each(ROOM_VIEWS)("lead to %s and back", (view) => {
    const [path = "", query = ""] = roomHashOf({ ...ROOM, view }).slice(2).split("?");
    const [first = "", second = "", third = ""] = path.split("/");
    expect(roomPlaceOf(first, second, third, new URLSearchParams(query))).toEqual({ ...ROOM, view });
  });

  it("lead to an incident, a rule, a past window; nonsense to the queue", () => {
    const nothing = new URLSearchParams();
    expect(roomPlaceOf("incidentes", "12", "", nothing)).toMatchObject({ view: "incident", incident: 12 });
    expect(roomPlaceOf("incidentes", "x", "", nothing)).toEqual(ROOM);
    expect(roomPlaceOf("sala", "reglas", "panic", nothing)).toMatchObject({ view: "rules", rule: "panic" });
    expect(roomPlaceOf("sala", "nada", "", nothing)).toEqual(ROOM);
    const hash = roomHashOf({ ...ROOM, view: "replay", from_ms: 1, to_ms: 2, incident: 3 });
    expect(hash).toBe("#/sala/repeticion?desde=1&hasta=2&incidente=3");
  });
});

describe("the past", () => {
  const one = incident({
    state: "closed",
    acknowledged_at: at(1),
    dispatched_at: at(2),
    on_scene_at: at(5),
    resolved_at: at(9),
    closed_at: at(10),
  });

  it("has incidents as they were", () => {
    const states = [-1, 0, 1, 3, 6, 9, 11].map((minute) => stateAt(one, ms(minute)));
    expect(states).toEqual([null, "new", "acknowledged", "dispatched", "on_scene", "resolved", "closed"]);
    expect(incidentsAt([one], ms(3))).toHaveLength(1);
    expect(incidentsAt([one], ms(11))).toHaveLength(0);
  });

  it("has alarms as they were", () => {
    const rows = [alarm({ acknowledged_at: at(5), acknowledged_by: "ana", cleared_at: at(6), closed_at: at(8) })];
    expect(alarmsAt(rows, ms(4))[0]).toMatchObject({ acknowledged_at: null, acknowledged_by: null, cleared_at: null });
    expect(alarmsAt(rows, ms(7))[0]).toMatchObject({ acknowledged_by: "ana", cleared_at: at(6) });
    expect(alarmsAt(rows, ms(8))).toEqual([]);
  });

  it("makes up no position", () => {
    const track: [number, number, number][] = [[ms(0), -94.4, 18.1], [ms(1), -94.41, 18.1], [ms(2), -94.41, 18.1]];
    expect(whereAt(track, ms(-1), 5)).toBeNull();
    expect(whereAt(track, ms(1), 5)).toEqual({ lon: -94.41, lat: 18.1, moving: true });
    expect(whereAt(track, ms(3), 5)?.moving).toBe(false);
    expect(whereAt(track, ms(30), 5)).toBeNull();
    expect(lastBefore([1, 2, 2, 3], 2)).toBe(2);
  });

  it("has the log of then, and of one incident", () => {
    const log = [0, 1, 2].map((minute) => ({
      ...{ incident_id: minute % 2, at: at(minute), by: "ana", kind: "comment", text_es: "", text_en: "" },
    }));
    expect(logAt(log, ms(1), null).map((line) => line.at)).toEqual([at(1), at(0)]);
    expect(logAt(log, ms(2), 1)).toHaveLength(1);
    expect(momentsOf({ alarms: [alarm({ raised_at: at(1) })], log })).toEqual([ms(0), ms(1), ms(2)]);
  });

  it("has figures of the hour", () => {
    const readings = { "A-1": { pm25_ugm3: [[ms(0), 12], [ms(60), null]] as [number, number | null][] } };
    expect(readingsAt(readings, ms(30))).toEqual([["A-1", "pm25_ugm3", 12]]);
    expect(readingsAt(readings, ms(70))).toEqual([]);
    const passages = [
      { device_id: "C-1", hour: at(0), direction: "in", n: 4 },
      { device_id: "C-1", hour: at(0), direction: "unknown", n: 1 },
      { device_id: "C-1", hour: at(60), direction: "in", n: 9 },
    ];
    expect(passagesAt(passages, ms(10))).toEqual([{ device_id: "C-1", in: 4, out: 0, other: 1 }]);
  });
});

const rule = {
  ...{ id: "low", kind: "low", severity: "WARNING", title_es: "Batería", title_en: "Battery", dedup: ["device"] },
  ...{ opens_incident: false, sop: null, severity_of: {}, correlate: { group: null, by: ["device"], metres: 0, seconds: 60 } },
  when: { fact: "metric", metric: "battery_pct", kinds: [], above: null, below: 15, clear: 25, fresh_s: 60, hold_s: 0, clear_hold_s: 0 },
} as unknown as Rule;

describe("a rule as a form", () => {
  const below = WHEN.metric.find(({ path }) => path === "when.below")!;
  const kinds = WHEN.metric.find(({ path }) => path === "when.kinds")!;

  it("is written and read back", () => {
    expect(written(rule, below)).toBe("15");
    const changed = put(put(rule, below, "12,5"), kinds, "panic, camera");
    expect(changed.when).toMatchObject({ below: 12.5, kinds: ["panic", "camera"] });
    expect(changes(rule, changed)).toEqual([
      ["when.kinds", "", "panic,camera"],
      ["when.below", "15", "12.5"],
    ]);
    expect(rule.when).toMatchObject({ below: 15 });
  });

  it("leaves out what may be left out, and what is no number for the server to refuse", () => {
    expect(put(rule, below, "").when).toMatchObject({ below: null });
    expect(put(rule, below, "quince").when).toMatchObject({ below: "quince" });
  });
});

describe("a day in figures", () => {
  it("takes the middle incident's times", () => {
    const rows = [1, 3, 8].map((minute, n) => incident({ incident_id: n, acknowledged_at: at(minute) }));
    const day = dayOf([...rows, incident({ state: "false", closed_at: at(1), overdue: true })], [alarm()]);
    expect(day).toMatchObject({ opened: 4, false: 1, open: 3, overdue: 1, acknowledge_s: 180, dispatch_s: null, alarms: 1 });
    expect(median([4, 2])).toBe(3);
  });
});

describe("severities", () => {
  it("differ in shape as well as in colour", () => {
    expect(new Set(SEVERITIES.map((one) => SEVERITY_SHAPES[one])).size).toBe(SEVERITIES.length);
    expect(new Set(SEVERITIES.map((one) => SEVERITY_SIGNS[one])).size).toBe(SEVERITIES.length);
  });

  const css = (file: string): string => readFileSync(new URL(`../src/${file}`, import.meta.url), "utf8");
  const block = (text: string, theme: string): string => text.split(`[data-theme="${theme}"] {`)[1]?.split("}")[0] ?? "";
  const light = (hex: string): number => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5]
      .map((from) => parseInt(hex.slice(from, from + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string): number => {
    const [high = 0, low = 0] = [light(a), light(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };

  it.each(["dark", "light"])("can be read in the %s theme", (theme) => {
    const text = block(css("app.css"), theme) + block(css("styles/room.css"), theme);
    const colour = (name: string): string => new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(text)?.[1] ?? "#000000";
    for (const severity of SEVERITIES) {
      const own = colour(`sev-${severity.toLowerCase()}`);
      for (const on of ["surface", "hover", "chosen", "raised"]) expect(contrast(own, colour(on))).toBeGreaterThan(4.5);
      expect(contrast(colour("on-sev"), own)).toBeGreaterThan(4.5);
      for (const on of ["map-land", "map-urban", "map-outside"]) expect(contrast(own, colour(on))).toBeGreaterThan(3);
    }
    expect(contrast(colour("ink"), colour("sev-critical-bg"))).toBeGreaterThan(4.5);
  });
});
