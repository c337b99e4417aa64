import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import {
  bytes,
  clock,
  countdown,
  delay,
  moment,
  quantity,
  relative,
  span,
} from "../src/lib/format";
import { FLAGS, flagNames, unbelievable } from "../src/lib/quality";

const NOW = Date.parse("2026-01-02T12:00:00Z");
const MEXICO = "America/Mexico_City";

describe("quantities", () => {
  it.each([
    [23.44, "µg/m³", "es-MX", "23.4 µg/m³"],
    [87.6, "%", "es-MX", "88%"],
    [1234567, "1", "es-MX", "1,234,567"],
    [0.456, "ppm", "en-GB", "0.46 ppm"],
    [31.4, "km/h", "en-GB", "31 km/h"],
    [783_747, "s", "es-MX", "9 d"],
  ])("%d %s in %s is %s", (value, unit, locale, said) => {
    expect(quantity(value, unit, locale)).toBe(said);
  });
});

describe("relative time", () => {
  it.each([
    [0, "ahora"],
    [-1_500, "ahora"],
    [45_000, "hace 45 s"],
    [190_000, "hace 3 min"],
    [7_300_000, "hace 2 h"],
    [200_000_000, "hace 2 d"],
  ])("%d ms ago is %s", (ago_ms, said) => {
    const text = relative(NOW - ago_ms, NOW, "es-MX", "ahora");
    expect(text.replace(/\.?$/, "").replace(/días?/, "d")).toBe(said);
  });

  it("says what is to come as such", () => {
    expect(relative(NOW + 65_000, NOW, "en", "now")).toMatch(/^in 1/);
  });
});

describe("lengths and clocks", () => {
  it.each([
    [-5, "0 s"],
    [59_400, "59 s"],
    [150_000, "2 min"],
    [5_400_000, "1 h"],
    [190_000_000, "2 d"],
  ])("%d ms is %s", (ms, said) => expect(span(ms)).toBe(said));

  it("counts down by whole seconds, never below zero", () => {
    expect(countdown(64.2)).toBe("1:05");
    expect(countdown(-3)).toBe("0:00");
  });

  it("tells delays by their size", () => {
    expect(delay(182.4, "es-MX")).toBe("182 ms");
    expect(delay(1_440, "es-MX")).toBe("1.4 s");
    expect(delay(150_000, "es-MX")).toBe("2 min");
  });

  it("shows the city's time, wherever the operator sits", () => {
    expect(clock(NOW, "es-MX", MEXICO)).toBe("06:00:00");
    expect(clock(Date.parse("2026-01-02T06:00:00Z"), "es-MX", MEXICO)).toBe("00:00:00");
  });

  it("adds the date to what was not today", () => {
    expect(moment(NOW - 3_600_000, NOW, "es-MX", MEXICO)).toBe("05:00:00");
    expect(moment(NOW - 86_400_000, NOW, "es-MX", MEXICO)).toMatch(/1.*06:00$/);
  });

  it("measures bytes", () => {
    expect(bytes(88, "es-MX")).toBe("88 B");
    expect(bytes(1_800, "es-MX")).toBe("1.8 KiB");
  });
});

describe("doubt", () => {
  it("has the bits and names of core/quality.py", () => {
    const source = readFileSync(new URL("../../../core/quality.py", import.meta.url), "utf8");
    const bits = [...source.matchAll(/^ {4}([A-Z_]+) = (\d+)$/gm)];
    expect(bits.map(([, name]) => name?.toLowerCase())).toEqual([...FLAGS]);
    for (const [, name, bit] of bits) expect(flagNames(Number(bit))).toEqual([name?.toLowerCase()]);
  });

  it("believes what core/quality.py believes", () => {
    const source = readFileSync(new URL("../../../core/quality.py", import.meta.url), "utf8");
    const named = source.match(/^UNBELIEVABLE: Final = ([^"]+)/m)?.[1] ?? "";
    const doubtful = [...named.matchAll(/Flag\.([A-Z_]+)/g)].map(([, name]) => name?.toLowerCase());
    expect(FLAGS.filter((flag) => unbelievable([flag])).sort()).toEqual(doubtful.sort());
  });

  it("forbids a number only when it cannot be believed", () => {
    expect(unbelievable(["late", "clock"])).toBe(false);
    expect(unbelievable(["late", "stuck"])).toBe(true);
  });
});
