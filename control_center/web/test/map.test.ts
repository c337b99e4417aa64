import { describe, expect, it } from "vitest";

import { distance_m, lonLat, mercator, toScreen } from "../src/lib/map/mercator";
import { size_px } from "../src/lib/map/painter";
import { graticule, placeNames } from "../src/lib/map/style";
import { extend, trackLine } from "../src/lib/map/track";
import { wholeDay } from "../src/lib/ledger";
import { columns, summary } from "../src/lib/series";
import type { SeriesPoint, TrackPoint } from "../src/lib/types";

describe("projection", () => {
  it("comes back where it began", () => {
    const { x, y } = mercator(-94.459, 18.134);
    const [lon, lat] = lonLat({ x, y });
    expect(lon).toBeCloseTo(-94.459, 9);
    expect(lat).toBeCloseTo(18.134, 9);
  });

  it("puts the centre in the middle, and north above", () => {
    const center = mercator(-94.45, 18.14);
    const view = { zoom: 12, center, width: 800, height: 600 };
    expect(toScreen(view, center.x, center.y)).toEqual({ x: 400, y: 300 });
    const north = mercator(-94.45, 18.15);
    expect(toScreen(view, north.x, north.y).y).toBeLessThan(300);
  });

  it("measures a minute of latitude as a nautical mile", () => {
    const a = { lat_deg: 18, lon_deg: -94 };
    expect(distance_m(a, { ...a, lat_deg: 18 + 1 / 60 })).toBeCloseTo(1_853, 0);
  });
});

describe("the base map", () => {
  const square = (size: number): GeoJSON.Position[][] => [
    [[0, 0], [size, 0], [size, size], [0, size], [0, 0]],
  ];

  it("names each locality once, on its largest part", () => {
    const names = placeNames({
      type: "FeatureCollection",
      features: [
        {
          type: "Feature",
          properties: { level: "locality", name: "Allende" },
          geometry: { type: "MultiPolygon", coordinates: [square(1), square(4)] },
        },
        {
          type: "Feature",
          properties: { level: "municipality", name: "Coatzacoalcos" },
          geometry: { type: "Polygon", coordinates: square(9) },
        },
      ],
    });
    expect(names.features).toHaveLength(1);
    expect(names.features[0]?.geometry).toEqual({ type: "Point", coordinates: [2, 2] });
  });

  it("rules the chart beyond the city's bounds", () => {
    const lines = graticule([-94.6, 18, -94.2, 18.2], 0.1);
    expect(lines.geometry.type).toBe("MultiLineString");
  });

  it("keeps marks legible from the city to the street", () => {
    expect(size_px(8)).toBe(14);
    expect(size_px(18)).toBe(28);
  });
});

describe("a trail", () => {
  const at = (s: number, flags: string[] = []): TrackPoint => [s * 1000, -94.4, 18.1, 20, flags];

  it("is cut where nothing is known, and never joins what is not believed", () => {
    const line = trackLine("T-07", [at(0), at(5), at(10, ["jump"]), at(15), at(900), at(905)]);
    expect(line.runs.map((run) => run.length)).toEqual([3, 2]);
    expect(line.doubtful).toHaveLength(1);
  });

  it("grows with what is driven", () => {
    const line = trackLine("T-07", [at(0)]);
    extend(line, 5_000, -94.4, 18.1, []);
    expect(line.runs[0]).toHaveLength(2);
    expect(line.last_ms).toBe(5_000);
  });
});

describe("a series", () => {
  const points: SeriesPoint[] = [
    [0, 10, 9, 11, 0],
    [1_000, 12, 10, 14, 2],
    [2_000, null, null, null, 0],
    [3_000, 11, 11, 11, 0],
    [4_000, null, null, null, 1],
  ];

  it("breaks its line at gaps and at what is not believed", () => {
    expect(columns(points).line).toEqual([10, 12, null, 11, null]);
  });

  it("shows a value between two gaps, which no line could", () => {
    expect(columns(points).alone).toEqual([null, null, null, 11, null]);
  });

  it("marks the doubtful at the foot, apart from the line", () => {
    expect(columns(points).flagged).toEqual([null, 9, null, null, 9]);
  });

  it("sums up what is believed", () => {
    expect(summary(points)).toEqual({ min: 9, mean: 11, max: 14, flagged: 3 });
    expect(summary([[0, null, null, null, 1]])).toBeNull();
  });
});

describe("a day of deliveries", () => {
  it("has 24 hours, the silent ones too, and ends with the present one", () => {
    const now = Date.parse("2026-01-02T12:34:56Z");
    const spoke = { hour: "2026-01-02T11:00:00Z", sent: 9, stored: 8, rejected: 0 };
    const hours = wholeDay([{ ...spoke, duplicates: 0, missing: 1 }], now);
    expect(hours).toHaveLength(24);
    expect(hours.map(({ stored }) => stored).slice(-3)).toEqual([0, 8, 0]);
    expect(hours.at(-1)?.hour).toBe("2026-01-02T12:00:00.000Z");
  });
});
