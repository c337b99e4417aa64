import { describe, expect, it } from "vitest";

import {
  calibrated,
  calibrationFaults,
  gainOf,
  held,
  holding,
  numberOf,
  offsetOf,
  sameVisit,
  type TypedCalibration,
  visitFaults,
  whenOf,
} from "../src/lib/sensing/calibration";
import type { Calibration } from "../src/lib/sensing/types";

const ZONE = "America/Mexico_City";
const NOW = Date.parse("2026-05-12T12:00:00Z");

let made = 0;
const calibration = (valid_from: string, about: Partial<Calibration> = {}): Calibration => ({
  calibration_id: ++made,
  metric: "o3_ppb",
  valid_from,
  valid_to: null,
  gain: 1,
  offset: 0,
  note: "",
  made_by: "ana",
  made_at: valid_from,
  ...about,
});

describe("calibrations", () => {
  it("hold until their own end, or until the next of their metric begins", () => {
    const first = calibration("2026-01-01T00:00:00Z");
    const second = calibration("2026-03-01T00:00:00Z", { valid_to: "2026-04-01T00:00:00Z" });
    const third = calibration("2026-05-01T00:00:00Z");
    const later = calibration("2026-06-01T00:00:00Z");
    const dust = calibration("2026-02-01T00:00:00Z", { metric: "pm25_ugm3" });
    const found = held([second, dust, later, first, third], NOW);
    const said = found.map((one) => [one.calibration, one.standing, one.until_ms]);
    expect(said).toEqual([
      [later, "coming", null],
      [third, "holds", Date.parse(later.valid_from)],
      [second, "past", Date.parse("2026-04-01T00:00:00Z")],
      [dust, "holds", null],
      [first, "past", Date.parse(second.valid_from)],
    ]);
    const at = (day: string): Calibration | null => holding(found, "o3_ppb", Date.parse(day));
    expect([at("2025-12-31"), at("2026-01-01"), at("2026-03-01")]).toEqual([null, first, second]);
    expect([at("2026-04-01"), at("2026-05-12")]).toEqual([null, third]);
  });

  it("ends where the next begins although its own end would be later", () => {
    const long = calibration("2026-01-01T00:00:00Z", { valid_to: "2027-01-01T00:00:00Z" });
    const next = calibration("2026-02-01T00:00:00Z");
    expect(held([long, next], NOW)[1]).toMatchObject({ standing: "past", until_ms: Date.parse(next.valid_from) });
  });

  it("are gain times measured plus offset", () => {
    expect(calibrated(50, { gain: 2, offset: 1.5 })).toBe(101.5);
  });
});

describe("a typed number", () => {
  it.each([
    ["1.04", 1.04],
    [" −1.5 ", -1.5],
    ["+2", 2],
    [".5", 0.5],
    ["3.", 3],
    ["1,04", null],
    ["1,000", null],
    ["1e3", null],
    ["", null],
    [".", null],
    ["Infinity", null],
  ])("%o is %o", (text, value) => {
    expect(numberOf(text)).toBe(value);
  });

  it("is within what the API takes", () => {
    expect([gainOf("0"), gainOf("-1"), gainOf("1000"), gainOf("1000.1")]).toEqual([null, null, 1000, null]);
    expect([offsetOf("-1000000"), offsetOf("1000001")]).toEqual([-1_000_000, null]);
  });
});

describe("what is typed", () => {
  const typed: TypedCalibration = {
    metric: "o3_ppb",
    gain: "1.04",
    offset: "-1.5",
    from: "2026-05-12T06:00",
    to: "",
    note: "certificado 0415",
  };
  const faults = (about: Partial<TypedCalibration>, known: Calibration[] = []): object =>
    calibrationFaults({ ...typed, ...about }, known, ZONE);

  it("is taken when it is whole", () => {
    expect(faults({})).toEqual({});
    expect(faults({ to: "2026-05-12T06:01" })).toEqual({});
  });

  it("is refused field by field", () => {
    expect(faults({ metric: "", gain: "0", offset: "uno", from: "", note: " " })).toEqual({
      metric: "metric",
      gain: "gain",
      offset: "offset",
      from: "when",
      note: "why",
    });
    expect(faults({ to: "2026-05-12T06:00" })).toEqual({ to: "order" });
    expect(faults({ from: "12026-05-12T06:00" })).toEqual({ from: "when" });
  });

  it("does not begin where another of its metric begins", () => {
    const other = calibration("2026-05-12T12:00:00Z");
    expect(faults({}, [other])).toEqual({ from: "taken" });
    expect(faults({}, [{ ...other, metric: "no2_ppb" }])).toEqual({});
  });

  it("of a visit is past and says what was done", () => {
    expect(visitFaults({ at: "2026-05-12T06:00", note: "filtro" }, NOW, ZONE)).toEqual({});
    expect(visitFaults({ at: "2026-05-12T06:01", note: "" }, NOW, ZONE)).toEqual({ at: "future", note: "done" });
    expect(visitFaults({ at: "", note: "filtro" }, NOW, ZONE)).toEqual({ at: "when" });
  });

  it("finds the visit it would replace", () => {
    const visit = { done_at: "2026-05-12T12:00:00Z", note: "filtro", noted_by: "ana" };
    expect(sameVisit([visit], whenOf("2026-05-12T06:00", ZONE))).toBe(visit);
    expect(sameVisit([visit], whenOf("2026-05-12T06:01", ZONE))).toBeNull();
    expect(sameVisit([visit], null)).toBeNull();
  });
});
