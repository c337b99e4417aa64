import { describe, expect, it } from "vitest";

import { placeOf, hashOf, sectionOf } from "../src/lib/address";
import { CHARTS } from "../src/lib/charts/address";
import type { Column, Panel, Rows } from "../src/lib/charts/types";
import { colourOf, linkOf, numeral, rightOf, series, spans, stacked, withGaps, words } from "../src/lib/charts/values";

const column = (over: Partial<Column> = {}): Column => ({
  name: "n",
  title_es: "Número",
  title_en: "Number",
  unit: "short",
  decimals: null,
  steps: [],
  labels: {},
  page: null,
  hidden: false,
  right: false,
  ...over,
});
const rows = (columns: string[], kinds: Rows["kinds"], cells: Rows["rows"]): Rows => ({
  since: "",
  until: "",
  columns,
  kinds,
  rows: cells,
});

describe("an address of charts", () => {
  it("leads back to where it was made", () => {
    for (const place of [CHARTS, { ...CHARTS, board: "c5-air" }, { ...CHARTS, board: "c5-air", days: 30 }]) {
      expect(placeOf(hashOf(place))).toEqual(place);
      expect(sectionOf(place)).toBe("charts");
    }
  });

  it("forgets what makes no sense", () => {
    expect(placeOf("#/tableros/C5%20x?dias=400")).toEqual(CHARTS);
  });
});

describe("a value", () => {
  it.each([
    [0.9471, { unit: "percentunit", decimals: 1 }, "94.7 %"],
    [0, { unit: "s", decimals: 0 }, "0 s"],
    [0.189, { unit: "s", decimals: 2 }, "189 ms"],
    [5400, { unit: "s", decimals: 0 }, "1.5 h"],
    [13_000, { unit: "lengthm", decimals: 0 }, "13.0 km"],
    [111_200, { unit: "short", decimals: 0 }, "111 k"],
    [1.33e9, { unit: "bytes", decimals: 1 }, "1.33 GB"],
    [61.34, { unit: "suffix: dB(A)", decimals: 1 }, "61.3 dB(A)"],
  ])("%d is written with its unit", (value, look, text) => {
    expect(numeral(value, column(look), "es-MX")).toBe(text);
  });

  it("is what its label says, and nothing is a dash", () => {
    const state = column({ labels: { "2": { es: "Mala", en: "Bad", colour: "#f80" } } });
    expect(words(2, "number", state, "en", "en", String)).toBe("Bad");
    expect(words(null, "number", state, "en", "en", String)).toBe("–");
    expect(colourOf(2, state)).toBe("#f80");
  });

  it("has the colour of the last step that it reached", () => {
    const steps = [
      { value: null, colour: "green" },
      { value: 10, colour: "red" },
    ];
    expect(colourOf(9.9, column({ steps }))).toBe("green");
    expect(colourOf(10, column({ steps }))).toBe("red");
    expect(colourOf(null, column({ steps }))).toBeNull();
  });

  it("leads to a page of ours", () => {
    const found = rows(["run_id"], ["number"], [[7]]);
    expect(linkOf(column({ page: "/#/rutas/corrida/${run_id}" }), found, [7])).toBe("#/rutas/corrida/7");
    expect(linkOf(column(), found, [7])).toBeNull();
  });
});

describe("a time series", () => {
  const said = rows(
    ["time", "metric", "value"],
    ["time", "text", "number"],
    [
      [1000, "a", 1],
      [1000, "b", 5],
      [2000, "a", 2],
      [3000, "b", 7],
    ],
  );

  it("has one time for all, and nulls where a series says nothing", () => {
    expect(series(said)).toEqual({
      at_s: [1, 2, 3],
      series: [
        { name: "a", values: [1, 2, null] },
        { name: "b", values: [5, null, 7] },
      ],
    });
  });

  it("stands on those before it", () => {
    const both = [
      { name: "a", values: [1, null] },
      { name: "b", values: [2, 3] },
    ];
    expect(stacked(both).map(({ values }) => values)).toEqual([
      [1, null],
      [3, 3],
    ]);
  });

  it("is broken by a pause, once", () => {
    const found = withGaps([0, 60, 120, 900, 960], [{ name: "a", values: [1, 1, 1, 2, 2] }]);
    expect(found.at_s).toEqual([0, 60, 120, 510, 900, 960]);
    expect(found.series[0]?.values).toEqual([1, 1, 1, null, 2, 2]);
  });

  it("has a right axis where a series asks for one, in that series' unit", () => {
    const panel = {
      value: column({ unit: "volt" }),
      columns: [column({ name: "battery_v", unit: "volt" }), column({ name: "rssi_dbm", unit: "dBm", right: true })],
    } as Panel;
    const of = (...names: string[]) => names.map((name) => ({ name, values: [1] }));
    expect(rightOf(panel, of("battery_v", "rssi_dbm"))?.unit).toBe("dBm");
    expect(rightOf(panel, of("battery_v", "another"))).toBeNull();
  });

  it("is told in runs", () => {
    expect(spans([1, 1, null, 2])).toEqual([
      { value: 1, length: 2 },
      { value: null, length: 1 },
      { value: 2, length: 1 },
    ]);
  });
});
