/** How a run lies on the base map: a line style as well as a colour for every state. */

import type * as maplibregl from "maplibre-gl";

import type { State } from "../runs/types";
import type { Palette } from "./palette";

export interface RunData {
  blocks: GeoJSON.FeatureCollection;
  trace: GeoJSON.Feature;
  marks: GeoJSON.FeatureCollection;
}

type Layer = maplibregl.LayerSpecification;
type Expression = maplibregl.ExpressionSpecification;

/** Layers a pointer can meet, the uppermost first. */
export const BLOCK_LAYERS = ["run-missed", "run-unknown", "run-too_fast", "run-serviced", "run-transit"];
export const MARK_LAYER = "run-marks";

/** Width on screen, CSS pixels: the city at a glance, or a street at work. */
const width = (factor: number, scale: number): Expression => [
  "interpolate",
  ["exponential", 1.35],
  ["zoom"],
  11,
  2.4 * factor * scale,
  14,
  5 * factor * scale,
  17,
  11 * factor * scale,
];

const flag = (name: string): Expression => ["boolean", ["feature-state", name], false];
/** What is done only later than the slider's time is there, but faint. */
const present = (full: number): Expression => ["case", flag("later"), 0.16 * full, full];

const DASHES: Partial<Record<State, number[]>> = { too_fast: [1.7, 0.7], unknown: [0.02, 1.5] };

export function runStyle(
  base: maplibregl.StyleSpecification,
  data: RunData,
  palette: Palette,
  scale: number,
): maplibregl.StyleSpecification {
  const line = (id: string, kind: string | null, paint: object, cap: "round" | "butt" = "butt"): Layer =>
    ({
      id,
      type: "line",
      source: "blocks",
      ...(kind === null ? {} : { filter: ["==", ["get", "kind"], kind] }),
      layout: { "line-cap": cap, "line-join": "round" },
      paint,
    }) as Layer;
  const state = (kind: State, factor: number): Layer =>
    line(
      `run-${kind}`,
      kind,
      {
        "line-color": palette.blocks[kind],
        "line-width": width(factor, scale),
        "line-opacity": present(1),
        ...(DASHES[kind] ? { "line-dasharray": DASHES[kind] } : {}),
      },
      kind === "unknown" ? "round" : "butt",
    );
  const layers: Layer[] = [
    {
      id: "run-trace",
      type: "line",
      source: "trace",
      layout: { "line-join": "round" },
      paint: { "line-color": palette.muted, "line-width": 1.3 * scale, "line-opacity": 0.75 },
    },
    line(
      "run-chosen",
      null,
      {
        "line-color": palette.ink,
        "line-width": width(2.5, scale),
        "line-opacity": ["case", flag("chosen"), 1, flag("hovered"), 0.5, 0],
      },
      "round",
    ),
    line("run-halo", null, {
      "line-color": palette.halo,
      "line-width": width(1.7, scale),
      "line-opacity": ["case", flag("later"), 0.35, 0.9],
    }),
    line("run-transit", "transit", {
      "line-color": palette.muted,
      "line-width": width(0.4, scale),
      "line-opacity": present(0.9),
    }),
    state("serviced", 1),
    state("too_fast", 1.05),
    state("unknown", 0.85),
    state("missed", 1.4),
    line("run-missed-core", "missed", {
      "line-color": palette.halo,
      "line-width": width(0.5, scale),
      "line-dasharray": [1.6, 1.6],
    }),
    {
      id: "run-arrows",
      type: "symbol",
      source: "blocks",
      minzoom: 13.2,
      layout: {
        "symbol-placement": "line-center",
        "icon-image": "arrow",
        "icon-size": ["interpolate", ["linear"], ["zoom"], 13.2, 0.6, 16, 1],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
      },
      paint: { "icon-opacity": present(1) },
    },
    {
      id: "run-verdicts",
      type: "symbol",
      source: "blocks",
      filter: ["!=", ["get", "verdict"], null],
      layout: {
        "symbol-placement": "line-center",
        "icon-image": ["get", "verdict"],
        "icon-rotation-alignment": "viewport",
        "icon-offset": [0, -14],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
      },
    },
    {
      id: MARK_LAYER,
      type: "symbol",
      source: "marks",
      layout: {
        "icon-image": ["get", "icon"],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 11, 0.6, 14, 1],
      },
    },
  ];
  return {
    ...base,
    sources: {
      ...base.sources,
      blocks: { type: "geojson", data: data.blocks, promoteId: "segment_id" },
      trace: { type: "geojson", data: data.trace },
      marks: { type: "geojson", data: data.marks },
    },
    layers: [...base.layers, ...layers],
  };
}
