import { describe, expect, it } from "vitest";

import { DAY, hashOf, type Place, placeOf, SUMMARY } from "../src/lib/address";
import { dayAt, dayName, daysBetween, shiftDay } from "../src/lib/runs/days";
import { pendingGaps, shownRuns, totals } from "../src/lib/runs/day";
import { digest, duration, hourMinute, lateness, length, percent } from "../src/lib/runs/figures";
import { photoFault } from "../src/lib/runs/photo";
import { shares } from "../src/lib/runs/states";
import { run } from "./runs";

describe("an address", () => {
  const places: Place[] = [
    { page: "map", device: null },
    { page: "map", device: "T-07" },
    DAY,
    { page: "day", day: "2026-05-12", route: "R 1/ñ", device: "T-07", supervisor: "ana" },
    SUMMARY,
    { page: "summary", by: "week", from: "2026-05-01", to: "2026-05-31" },
    { page: "run", run: 123, revision: null, block: null },
    { page: "run", run: 123, revision: 0, block: "S 001&x=y" },
  ];

  it.each(places)("leads back to where it was made: %o", (place) => {
    expect(placeOf(hashOf(place))).toEqual(place);
  });

  it.each(["", "#", "#/", "#/nada", "#/d/", "#/%E0%A4%A"])("%s is the map", (hash) => {
    expect(placeOf(hash)).toEqual({ page: "map", device: null });
  });

  it.each(["#/rutas/corrida/", "#/rutas/corrida/x", "#/rutas/corrida/-1", "#/rutas?dia=ayer"])(
    "%s is the day's list",
    (hash) => {
      expect(placeOf(hash)).toEqual(DAY);
    },
  );

  it("says no more than what is not as usual", () => {
    expect(hashOf(DAY)).toBe("#/rutas");
    expect(hashOf({ ...DAY, day: "2026-05-12" })).toBe("#/rutas?dia=2026-05-12");
  });
});

describe("local days", () => {
  it("are the city's, not the browser's", () => {
    const late = Date.parse("2026-05-13T05:30:00Z");
    expect(dayAt(late, "America/Mexico_City")).toBe("2026-05-12");
    expect(dayAt(late, "UTC")).toBe("2026-05-13");
  });

  it("follow each other across months, years and clock changes", () => {
    expect(shiftDay("2026-03-01", -1)).toBe("2026-02-28");
    expect(shiftDay("2024-02-28", 1)).toBe("2024-02-29");
    expect(shiftDay("2026-12-31", 1)).toBe("2027-01-01");
    expect(shiftDay("2026-03-29", 1)).toBe("2026-03-30");
    expect(daysBetween("2026-10-24", "2026-10-26")).toBe(2);
  });

  it("are named as people name them", () => {
    expect(dayName("2026-05-12", "es-MX")).toBe("martes, 12 de mayo de 2026");
  });
});

describe("figures", () => {
  it.each([
    [0, "0 s"],
    [59.4, "59 s"],
    [60, "1 min"],
    [3_599, "1 h"],
    [3_600, "1 h"],
    [4_320, "1 h 12 min"],
    [-5, "0 s"],
  ])("%d s is %s", (s, said) => {
    expect(duration(s)).toBe(said);
  });

  it("never round to all or to nothing", () => {
    expect(percent(100, "es-MX")).toBe("100 %");
    expect(percent(99.96, "es-MX")).toBe("99 %");
    expect(percent(99.96, "es-MX", 1)).toBe("99.9 %");
    expect(percent(0.02, "es-MX")).toBe("1 %");
    expect(percent(0, "es-MX")).toBe("0 %");
    expect(percent(87.34, "es-MX", 1)).toBe("87.3 %");
  });

  it("speak of lengths, hours and lateness", () => {
    expect(length(849.6, "es-MX")).toBe("850 m");
    expect(length(12_420, "es-MX")).toBe("12.4 km");
    expect(hourMinute("2026-05-12T12:04:59Z", "America/Mexico_City")).toBe("06:04");
    expect([-900, -60, 300, 301].map(lateness)).toEqual(["early", "ontime", "ontime", "late"]);
    expect(digest("0123456789abcdef")).toBe("01234567");
  });
});

describe("shares", () => {
  it("add up to one, and leave out what is not there", () => {
    const found = shares({ serviced: 60, too_fast: 0, missed: 30, unknown: 10 });
    expect(found.map(({ state }) => state)).toEqual(["serviced", "missed", "unknown"]);
    expect(found.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  });

  it("of nothing are none", () => {
    expect(shares({ serviced: 0, too_fast: 0, missed: 0, unknown: 0 })).toEqual([]);
  });
});

describe("a day's runs", () => {
  const runs = [
    run({ run_id: 1, route_id: "R10", route_name: "Centro 10", gaps: 4, reviewed: 4 }),
    run({ run_id: 2, route_id: "R2", route_name: "Centro 2", gaps: 9, reviewed: 1, device_id: "T-2", supervisor: "ana" }),
    run({ run_id: 3, route_id: "R3", route_name: "Álamos", revision: null, gaps: null, coverage_pct: null, serviced: null, lengths_m: null }),
  ];
  const all = { route: "", device: "", supervisor: "" };
  const ids = (column: "route" | "gaps" | "coverage", descending: boolean, filter = all): number[] =>
    shownRuns(runs, filter, { column, descending }).map(({ run_id }) => run_id);

  it("sort by number where there is one, and unknown comes last both ways", () => {
    expect(ids("route", false)).toEqual([3, 2, 1]);
    expect(ids("gaps", true)).toEqual([2, 1, 3]);
    expect(ids("gaps", false)).toEqual([1, 2, 3]);
  });

  it("are filtered by truck and by supervisor", () => {
    expect(ids("route", false, { ...all, device: "T-2" })).toEqual([2]);
    expect(ids("route", false, { ...all, supervisor: "ana" })).toEqual([2]);
  });

  it("add up without those that are not computed", () => {
    const sum = totals(runs);
    expect(sum).toMatchObject({ runs: 3, computed: 2, gaps: 13, reviewed: 5 });
    expect(sum.serviced).toBe(10_000);
  });

  it("have no gaps to look at while they are under way", () => {
    const open = run({ state: "open", revision: 0, gaps: null, unknown: 40 });
    expect(totals([open])).toMatchObject({ gaps: null, reviewed: 0, computed: 1 });
    expect(totals([open, run()])).toMatchObject({ gaps: 10, computed: 2 });
  });

  it("weigh coverage by length", () => {
    const long = { serviced: 900, too_fast: 0, missed: 0, unknown: 0 };
    const short = { serviced: 0, too_fast: 0, missed: 100, unknown: 0 };
    const pair = [
      run({ coverage_pct: 100, lengths_m: long }),
      run({ run_id: 2, coverage_pct: 0, lengths_m: short }),
    ];
    expect(totals(pair).coverage_pct).toBeCloseTo(90);
  });

  it("have no gaps left when all were looked at, even more than once", () => {
    expect(pendingGaps({ gaps: 3, reviewed: 5 })).toBe(0);
    expect(pendingGaps({ gaps: null, reviewed: 0 })).toBe(0);
  });
});

describe("a photo", () => {
  it("is one of three kinds, and not too large", () => {
    expect(photoFault({ type: "image/jpeg", size: 5 * 1024 * 1024 })).toBeNull();
    expect(photoFault({ type: "image/jpeg", size: 5 * 1024 * 1024 + 1 })).toBe("big");
    expect(photoFault({ type: "image/svg+xml", size: 10 })).toBe("kind");
  });
});
