/** What the map of a run is made of: blocks, trace, stops and events as GeoJSON. Pure. */

import { lonLat } from "../map/mercator";
import { stretches, type Trace } from "./playback";
import type { ReportDocument, RunEvent, Segment, Stay } from "./types";

export type Bounds = [west: number, south: number, east: number, north: number];
export type MarkIcon = "place" | "stop" | "silent" | "fast" | "landfill" | "depot" | "event";

export interface Mark {
  key: string;
  icon: MarkIcon;
  type: string;
  place: string | null;
  from_ms: number;
  to_ms: number | null;
  value: number | null;
  unit: string | null;
  lon: number | null;
  lat: number | null;
}

type Collection = GeoJSON.FeatureCollection;

/** A stop at a traffic light is not worth a mark. */
const SHORT_STOP_S = 120;

/** The lines of the answer with what the report says of each; points are made from the report. */
export function blockFeatures(map: Collection, segments: readonly Segment[]): Collection {
  const known = new Map(segments.map((segment) => [segment.segment_id, segment]));
  return {
    type: "FeatureCollection",
    features: map.features.flatMap(({ geometry, properties }): GeoJSON.Feature[] => {
      const id = properties?.["segment_id"] as string | undefined;
      if (geometry.type !== "LineString" || !id) return [];
      const segment = known.get(id);
      const service = segment?.service ?? true;
      return [
        {
          type: "Feature",
          geometry,
          properties: {
            segment_id: id,
            kind: service ? (properties?.["state"] ?? segment?.state ?? "unknown") : "transit",
            verdict: properties?.["verdict"] ?? null,
          },
        },
      ];
    }),
  };
}

export function traceFeature(trace: Trace): GeoJSON.Feature {
  const lines = stretches(trace)
    .filter(([from, to]) => to - from > 1)
    .map(([from, to]) => {
      const line: GeoJSON.Position[] = [];
      for (let i = from; i < to; i += 1) line.push(lonLat({ x: trace.x[i]!, y: trace.y[i]! }));
      return line;
    });
  return { type: "Feature", properties: {}, geometry: { type: "MultiLineString", coordinates: lines } };
}

/** What holds all blocks; null: there are none. */
export function boundsOf({ features }: Collection): Bounds | null {
  const bounds: Bounds = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { geometry } of features) {
    if (geometry.type !== "LineString") continue;
    for (const [lon = 0, lat = 0] of geometry.coordinates) {
      bounds[0] = Math.min(bounds[0], lon);
      bounds[1] = Math.min(bounds[1], lat);
      bounds[2] = Math.max(bounds[2], lon);
      bounds[3] = Math.max(bounds[3], lat);
    }
  }
  return Number.isFinite(bounds[0]) ? bounds : null;
}

const ICONS: Record<string, MarkIcon> = {
  overspeed: "fast",
  harsh_braking: "fast",
  landfill_enter: "landfill",
  landfill_exit: "landfill",
  depot_enter: "depot",
  depot_exit: "depot",
};
/** Too many to mark; the strip and the figures tell of them. */
const UNMARKED: ReadonlySet<string> = new Set(["pto_on", "pto_off"]);

function ofStop(stop: Stay, at: number): Mark {
  return {
    key: `stop ${at}`,
    icon: stop.silent ? "silent" : stop.place ? "place" : "stop",
    type: stop.silent ? "stop.silent" : stop.place ? "stop.place" : stop.on_route ? "stop" : "stop.off",
    place: stop.place,
    from_ms: Date.parse(stop.from),
    to_ms: Date.parse(stop.to),
    ...{ value: null, unit: null, lon: stop.lon, lat: stop.lat },
  };
}

function ofEvent(event: RunEvent, at: number): Mark {
  const { type, value, unit, lon, lat } = event;
  return {
    key: `event ${at}`,
    icon: ICONS[type] ?? "event",
    place: null,
    from_ms: Date.parse(event.from),
    to_ms: event.to === null ? null : Date.parse(event.to),
    ...{ type, value, unit, lon, lat },
  };
}

/** Stops and events of a run in the order they happened. */
export function marksOf({ stops, events }: Pick<ReportDocument, "stops" | "events">): Mark[] {
  const long = stops.filter(
    (stop) => stop.place || Date.parse(stop.to) - Date.parse(stop.from) >= SHORT_STOP_S * 1000,
  );
  return [...long.map(ofStop), ...events.filter(({ type }) => !UNMARKED.has(type)).map(ofEvent)].sort(
    (a, b) => a.from_ms - b.from_ms,
  );
}

export function markFeatures(marks: readonly Mark[]): Collection {
  return {
    type: "FeatureCollection",
    features: marks.flatMap(({ key, icon, lon, lat }): GeoJSON.Feature[] =>
      lon === null || lat === null
        ? []
        : [{ type: "Feature", properties: { key, icon }, geometry: { type: "Point", coordinates: [lon, lat] } }],
    ),
  };
}

/** Blocks that were done only after a time. */
export function laterThan(segments: readonly Segment[], at_ms: number): Set<string> {
  const later = new Set<string>();
  for (const { segment_id, to } of segments) {
    if (to !== null && Date.parse(to) > at_ms) later.add(segment_id);
  }
  return later;
}
