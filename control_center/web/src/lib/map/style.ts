/** The base map: the city's own outline, drawn offline, or tiles when the settings name some. */

import type * as maplibregl from "maplibre-gl";

import type { Config } from "../types";
import type { Palette } from "./palette";

type Layer = maplibregl.AddLayerObject;
type Bounds = Config["city"]["bounds"];

const FONT = ["Inter", "sans-serif"];
const PROTOCOL = "pmtiles://";

/** Meridians and parallels around the city: scale and orientation where no street is drawn. */
export function graticule(bounds: Bounds, step_deg = 0.05): GeoJSON.Feature {
  const [west, south, east, north] = bounds;
  const pad = 1;
  const lines: [number, number][][] = [];
  const first = (value: number): number => Math.ceil(value / step_deg) * step_deg;
  for (let lon = first(west - pad); lon <= east + pad; lon += step_deg) {
    lines.push([[lon, south - pad], [lon, north + pad]]);
  }
  for (let lat = first(south - pad); lat <= north + pad; lat += step_deg) {
    lines.push([[west - pad, lat], [east + pad, lat]]);
  }
  return {
    type: "Feature",
    properties: {},
    geometry: { type: "MultiLineString", coordinates: lines },
  };
}

/** Places and their names, in the colours given. Over tiles only outline and names remain. */
function cityLayers(palette: Palette, scale: number, overTiles: boolean): Layer[] {
  const level = (name: string): maplibregl.ExpressionSpecification => [
    "==",
    ["get", "level"],
    name,
  ];
  const fills: Layer[] = [
    { id: "grid", type: "line", source: "grid", paint: { "line-color": palette.grid } },
    {
      id: "land",
      type: "fill",
      source: "city",
      filter: level("municipality"),
      paint: { "fill-color": palette.land },
    },
    {
      id: "localities",
      type: "fill",
      source: "city",
      filter: level("locality"),
      paint: { "fill-color": ["case", ["get", "urban"], palette.urban, palette.rural] },
    },
    {
      id: "localities-edge",
      type: "line",
      source: "city",
      filter: level("locality"),
      paint: { "line-color": palette.border, "line-opacity": 0.6 },
    },
  ];
  return [
    ...(overTiles ? [] : fills),
    {
      id: "border",
      type: "line",
      source: "city",
      filter: level("municipality"),
      paint: { "line-color": palette.border, "line-width": 1.5 },
    },
    {
      id: "names",
      type: "symbol",
      source: "names",
      minzoom: 9,
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": ["interpolate", ["linear"], ["zoom"], 10, 11 * scale, 14, 14 * scale],
        "text-max-width": 8,
        "text-padding": 6,
        "symbol-sort-key": ["get", "rank"],
      },
      paint: {
        "text-color": palette.placeText,
        "text-halo-color": palette.halo,
        "text-halo-width": 1.2,
      },
    },
  ];
}

type Ring = GeoJSON.Position[];

function ringArea(ring: Ring): number {
  let sum = 0;
  for (let i = 1; i < ring.length; i += 1) {
    const [x0 = 0, y0 = 0] = ring[i - 1] ?? [];
    const [x1 = 0, y1 = 0] = ring[i] ?? [];
    sum += x0 * y1 - x1 * y0;
  }
  return Math.abs(sum / 2);
}

/** One point a locality for its name: the middle of its largest part; bigger places win the space. */
export function placeNames(city: GeoJSON.FeatureCollection): GeoJSON.FeatureCollection {
  const features: GeoJSON.Feature[] = [];
  for (const { geometry, properties } of city.features) {
    if (properties?.["level"] !== "locality") continue;
    const polygons =
      geometry.type === "Polygon"
        ? [geometry.coordinates]
        : geometry.type === "MultiPolygon"
          ? geometry.coordinates
          : [];
    const outer = polygons
      .map((rings) => rings[0] ?? [])
      .sort((a, b) => ringArea(b) - ringArea(a))[0];
    if (!outer?.length) continue;
    const xs = outer.map(([x = 0]) => x);
    const ys = outer.map(([, y = 0]) => y);
    features.push({
      type: "Feature",
      properties: { name: properties["name"], rank: -ringArea(outer) },
      geometry: {
        type: "Point",
        coordinates: [
          (Math.min(...xs) + Math.max(...xs)) / 2,
          (Math.min(...ys) + Math.max(...ys)) / 2,
        ],
      },
    });
  }
  return { type: "FeatureCollection", features };
}

function tileSource(url: string): maplibregl.RasterSourceSpecification {
  if (url.startsWith(PROTOCOL)) return { type: "raster", url, tileSize: 256 };
  return { type: "raster", tiles: [url], tileSize: 256 };
}

export function baseStyle(
  outline: GeoJSON.FeatureCollection,
  { city, tile_url: tileUrl }: Pick<Config, "city" | "tile_url">,
  palette: Palette,
  scale: number,
): maplibregl.StyleSpecification {
  const tiles: Layer[] = tileUrl ? [{ id: "tiles", type: "raster", source: "tiles" }] : [];
  return {
    version: 8,
    sources: {
      city: { type: "geojson", data: outline, attribution: city.attribution },
      names: { type: "geojson", data: placeNames(outline) },
      grid: { type: "geojson", data: graticule(city.bounds) },
      ...(tileUrl ? { tiles: tileSource(tileUrl) } : {}),
    },
    layers: [
      { id: "outside", type: "background", paint: { "background-color": palette.outside } },
      ...tiles,
      ...cityLayers(palette, scale, tileUrl !== null),
    ] as maplibregl.LayerSpecification[],
  };
}

/** Teach the map to read one PMTiles archive by ranges; loaded only when a setting asks for it. */
export async function preparePmtiles(
  tileUrl: string | null,
  library: Pick<typeof maplibregl, "addProtocol">,
): Promise<void> {
  if (!tileUrl?.startsWith(PROTOCOL)) return;
  const { Protocol } = await import("pmtiles");
  library.addProtocol("pmtiles", new Protocol().tile);
}
