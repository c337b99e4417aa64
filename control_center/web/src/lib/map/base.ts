/** The MapLibre side: a flat, north-up base map that stays idle unless the operator moves it. */

import "maplibre-gl/dist/maplibre-gl.css";

import * as maplibregl from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";

import type { Config } from "../types";
import { mercator, type View } from "./mercator";
import { type Palette, textScale } from "./palette";
import { baseStyle, preparePmtiles } from "./style";

maplibregl.setWorkerUrl(workerUrl);

export type BaseMap = maplibregl.Map;

const MARGIN_DEG = 0.6;
const PADDING = { top: 24, right: 24, bottom: 24, left: 24 };
const CLOSEST_FIT = 17;

export interface Extras {
  /** What lies on the base map. */
  over?: (base: maplibregl.StyleSpecification) => maplibregl.StyleSpecification;
  /** West, south, east, north of the first view, degrees; the city unless said. */
  bounds?: [number, number, number, number] | null;
  /** CSS pixels that something lies over, at each side. */
  padding?: maplibregl.PaddingOptions;
}

/** Make the map; throws where the machine has no WebGL. */
export async function createMap(
  container: HTMLElement,
  config: Config,
  outline: GeoJSON.FeatureCollection,
  palette: Palette,
  { over = (base) => base, bounds = null, padding = PADDING }: Extras = {},
): Promise<BaseMap> {
  await preparePmtiles(config.tile_url, maplibregl);
  await document.fonts.load('500 14px "Inter"').catch(() => undefined);
  const [west, south, east, north] = config.city.bounds;
  const map = new maplibregl.Map({
    container,
    style: over(baseStyle(outline, config, palette, textScale())),
    bounds: bounds ?? [west, south, east, north],
    fitBoundsOptions: { padding, maxZoom: CLOSEST_FIT },
    maxBounds: [west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG],
    minZoom: 8,
    maxZoom: 18,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    attributionControl: { compact: false },
    fadeDuration: 0,
    renderWorldCopies: false,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibregl.ScaleControl({ unit: "metric" }), "bottom-left");
  return map;
}

export function recolour(
  map: BaseMap,
  config: Config,
  outline: GeoJSON.FeatureCollection,
  palette: Palette,
  { over = (base) => base }: Extras = {},
): void {
  map.setStyle(over(baseStyle(outline, config, palette, textScale())));
}

export function viewOf(map: BaseMap): View {
  const { lng, lat } = map.getCenter();
  const { clientWidth, clientHeight } = map.getContainer();
  return {
    zoom: map.getZoom(),
    center: mercator(lng, lat),
    width: clientWidth,
    height: clientHeight,
  };
}

export function showCity(map: BaseMap, config: Config): void {
  showBounds(map, config.city.bounds);
}

export function showBounds(
  map: BaseMap,
  bounds: [number, number, number, number],
  padding: maplibregl.PaddingOptions = PADDING,
): void {
  map.fitBounds(bounds, { padding, maxZoom: CLOSEST_FIT, duration: 500 });
}
