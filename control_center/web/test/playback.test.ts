import { describe, expect, it } from "vitest";

import { lonLat } from "../src/lib/map/mercator";
import { neighbour, newest, rowsOf, shown, tally } from "../src/lib/runs/blocks";
import { blockFeatures, boundsOf, laterThan, markFeatures, marksOf, traceFeature } from "../src/lib/runs/mapdata";
import {
  extentOf,
  fractionOf,
  HOLE_MS,
  indexAt,
  keyed,
  momentAt,
  spanOf,
  stretches,
  traceOf,
} from "../src/lib/runs/playback";
import type { TracePoint } from "../src/lib/runs/types";
import { happenings } from "../src/lib/events";
import { review, segment } from "./runs";

const at = (s: number, lon = -94.45 + s / 10_000, kmh: number | null = 20, flags: string[] = []): TracePoint => [
  s * 1000,
  lon,
  18.14,
  kmh,
  flags,
];

describe("the truck on the slider", () => {
  const trace = traceOf([at(0), at(10), at(20), at(320), at(330)]);
  const lon = (ms: number): number => lonLat(momentAt(trace, ms)!.at)[0];

  it("goes straight between two fixes", () => {
    expect(lon(5_000)).toBeCloseTo(-94.4495, 7);
    expect(momentAt(trace, 5_000)).toMatchObject({ silent: false, kmh: 20 });
    expect(momentAt(trace, 5_000)!.heading_deg).toBeCloseTo(90, 6);
  });

  it("stays where it was last heard while it is silent", () => {
    expect(lon(170_000)).toBeCloseTo(-94.448, 7);
    expect(momentAt(trace, 170_000)).toMatchObject({ silent: true, kmh: null, heading_deg: null });
    expect(momentAt(trace, 20_000)).toMatchObject({ silent: false });
    expect(momentAt(trace, 320_000)).toMatchObject({ silent: false });
  });

  it("is not looked for long before or after its day", () => {
    expect(momentAt(trace, -HOLE_MS - 1)!.silent).toBe(true);
    expect(momentAt(trace, -1)!.silent).toBe(false);
    expect(momentAt(trace, 330_001 + HOLE_MS)!.silent).toBe(true);
  });

  it("is nowhere when nothing was sent", () => {
    expect(momentAt(traceOf([]), 0)).toBeNull();
  });

  it("stands without a heading of its own", () => {
    const parked = traceOf([at(0, -94.45), at(5, -94.45), at(10, -94.45)]);
    expect(momentAt(parked, 7_000)!.heading_deg).toBeNull();
  });

  it("takes rows in order of time, each once, and none that cannot be believed", () => {
    const messy = traceOf([at(10), at(0), at(10), at(5, 0, 20, ["jump"]), at(15, -94.4, null, ["late"])]);
    expect([...messy.t_ms]).toEqual([0, 10_000, 15_000]);
    expect(Number.isNaN(messy.kmh[2])).toBe(true);
  });

  it("finds the row of any time", () => {
    expect([-1, 0, 9_999, 10_000, 400_000].map((ms) => indexAt(trace, ms))).toEqual([-1, 0, 0, 1, 4]);
  });

  it("draws no line across a silence", () => {
    expect(stretches(trace)).toEqual([[0, 3], [3, 5]]);
    expect(stretches(trace, 5_000, 15_000)).toEqual([[1, 2]]);
    expect(stretches(trace, 21_000, 30_000)).toEqual([]);
    const { geometry } = traceFeature(trace);
    expect(geometry.type === "MultiLineString" && geometry.coordinates.map((line) => line.length)).toEqual([3, 2]);
  });
});

describe("the slider", () => {
  const trace = traceOf([at(0), at(1_000)]);
  const window: [string, string] = ["2026-05-12T12:00:00Z", "2026-05-12T16:00:00Z"];
  const extent = extentOf(trace, window);

  it("spans what was driven, or the window where nothing was", () => {
    expect(extent).toEqual({ from_ms: 0, to_ms: 1_000_000 });
    expect(extentOf(traceOf([]), window)).toEqual({ from_ms: Date.parse(window[0]), to_ms: Date.parse(window[1]) });
  });

  it("maps times to places and stays within", () => {
    expect(fractionOf(extent, 250_000)).toBe(0.25);
    expect(fractionOf(extent, -5)).toBe(0);
    expect(fractionOf({ from_ms: 5, to_ms: 5 }, 5)).toBe(0);
    expect(spanOf(extent, 900_000, 2_000_000)).toEqual([0.9, expect.closeTo(0.1)]);
    expect(spanOf(extent, 1_000_001, 2_000_000)).toBeNull();
  });

  it.each([
    ["ArrowRight", false, 130_000],
    ["ArrowLeft", false, 70_000],
    ["ArrowRight", true, 400_000],
    ["ArrowLeft", true, 0],
    ["PageUp", false, 1_000_000],
    ["Home", false, 0],
    ["End", false, 1_000_000],
    ["x", false, null],
  ])("%s (shift %s) goes to %s", (key, shiftKey, to) => {
    expect(keyed(extent, 100_000, { key, shiftKey })).toBe(to);
  });

  it("knows which blocks were done only later", () => {
    const segments = [
      segment({ segment_id: "A", to: "2026-05-12T12:11:00Z" }),
      segment({ segment_id: "B", to: "2026-05-12T12:20:00Z" }),
      segment({ segment_id: "C", from: null, to: null, state: "missed" }),
    ];
    expect([...laterThan(segments, Date.parse("2026-05-12T12:15:00Z"))]).toEqual(["B"]);
  });
});

describe("the list of blocks", () => {
  const rows = rowsOf(
    [
      segment({ segment_id: "A", order: 1 }),
      segment({ segment_id: "B", order: 2, state: "unknown" }),
      segment({ segment_id: "C", order: 3, state: "missed", street: "Juárez" }),
      segment({ segment_id: "D", order: 4, state: "missed" }),
      segment({ segment_id: "E", order: 5, state: "missed", service: false }),
    ],
    [
      review({ review_id: 8, segment_id: "C", verdict: "confirmed" }),
      review({ review_id: 2, segment_id: "C" }),
      review({ review_id: 3, segment_id: "gone" }),
    ],
  );
  const ids = (...args: Parameters<typeof shown> extends [unknown, ...infer R] ? R : never): string[] =>
    shown(rows, ...args).map(({ segment: { segment_id } }) => segment_id);

  it("has gaps first: unseen ones, then by how bad", () => {
    expect(ids("gaps")).toEqual(["D", "B", "C"]);
    expect(ids("pending")).toEqual(["D", "B"]);
    expect(ids("all")).toEqual(["D", "B", "C", "E", "A"]);
    expect(ids("missed")).toEqual(["D", "C"]);
  });

  it("is searched without accents", () => {
    expect(ids("all", "juarez")).toEqual(["C"]);
  });

  it("counts what only passes through for nothing", () => {
    expect(tally(rows)).toMatchObject({ gaps: 3, pending: 2, all: 5, missed: 2, serviced: 1 });
  });

  it("lets the newest word stand", () => {
    expect(newest(rows[2]!)?.verdict).toBe("confirmed");
    expect(newest(rows[0]!)).toBeNull();
  });

  it("is walked round the end", () => {
    expect(neighbour(rows, "E", 1)?.segment.segment_id).toBe("A");
    expect(neighbour(rows, null, -1)?.segment.segment_id).toBe("E");
    expect(neighbour([], "E", 1)).toBeNull();
  });
});

describe("the map of a run", () => {
  const line: GeoJSON.LineString = { type: "LineString", coordinates: [[-94.45, 18.14], [-94.44, 18.15]] };
  const map: GeoJSON.FeatureCollection = {
    type: "FeatureCollection",
    features: [
      { type: "Feature", geometry: line, properties: { segment_id: "A", state: "missed", verdict: "disputed" } },
      { type: "Feature", geometry: line, properties: { segment_id: "B", state: "serviced" } },
      { type: "Feature", geometry: { type: "Point", coordinates: [0, 0] }, properties: { kind: "stop" } },
    ],
  };

  it("holds blocks by what became of them, and what only passes through by itself", () => {
    const blocks = blockFeatures(map, [segment({ segment_id: "A" }), segment({ segment_id: "B", service: false })]);
    expect(blocks.features.map(({ properties }) => properties)).toEqual([
      { segment_id: "A", kind: "missed", verdict: "disputed" },
      { segment_id: "B", kind: "transit", verdict: null },
    ]);
    expect(boundsOf(blocks)).toEqual([-94.45, 18.14, -94.44, 18.15]);
    expect(boundsOf({ type: "FeatureCollection", features: [] })).toBeNull();
  });

  it("marks long stops and planned ones, and events with a place", () => {
    const stop = { lat: 18, lon: -94, on_route: true, silent: false, place: null };
    const marks = marksOf({
      stops: [
        { ...stop, from: "2026-05-12T12:00:00Z", to: "2026-05-12T12:01:00Z" },
        { ...stop, from: "2026-05-12T12:05:00Z", to: "2026-05-12T12:15:00Z" },
        { ...stop, from: "2026-05-12T12:30:00Z", to: "2026-05-12T12:30:30Z", place: "Base" },
      ],
      events: [
        { type: "overspeed", from: "2026-05-12T12:02:00Z", to: null, value: 70, unit: "km/h", lat: 18, lon: -94 },
        { type: "pto_on", from: "2026-05-12T12:03:00Z", to: null, value: null, unit: null, lat: 18, lon: -94 },
        { type: "idling", from: "2026-05-12T12:04:00Z", to: null, value: null, unit: null, lat: null, lon: null },
      ],
    });
    expect(marks.map(({ icon }) => icon)).toEqual(["fast", "event", "stop", "place"]);
    expect(markFeatures(marks).features).toHaveLength(3);
  });
});

describe("events of before and of now", () => {
  const live = { t: "ev", d: "T-1", at: 1_000, rx: 1_100, type: "overspeed", sev: null, lat: null, lon: null, text: "rápido" } as const;
  const past = {
    ...{ device_id: "T-1", device_name: "Uno", type: "overspeed", severity: "warning", text: "rápido" },
    ...{ measured_at: "1970-01-01T00:00:01Z", received_at: "1970-01-01T00:00:02Z", value: 74, unit: "km/h" },
    ...{ lat_deg: null, lon_deg: null, made_by: "c5" as const, route_id: null },
  };

  it("are one list, each event once, newest first", () => {
    const found = happenings([{ ...live, at: 5_000 }, live], [past, { ...past, type: "depot_enter" }]);
    expect(found.map(({ at_ms, type }) => [at_ms, type])).toEqual([
      [5_000, "overspeed"],
      [1_000, "overspeed"],
      [1_000, "depot_enter"],
    ]);
    expect(found[1]?.value).toBe(74);
  });

  it("keep apart what is said of two metrics at once", () => {
    expect(happenings([], [{ ...past, text: "PM2.5" }, { ...past, text: "O3" }])).toHaveLength(2);
  });
});
