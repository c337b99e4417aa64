/** A small flat map: where stations are within their city, in pixels of a box. Pure. */

import { mercator, type Point } from "../map/mercator";

export interface Placed {
  lat_deg: number | null;
  lon_deg: number | null;
}

/** From degrees to pixels. */
export type Projection = (lon_deg: number, lat_deg: number) => Point;

const LEAST_DEG = 0.03;
const MARGIN = 0.3;

/** Show all that has a place, with room around it; null: nothing has one. */
export function projection(stations: readonly Placed[], width: number, height: number): Projection | null {
  const at = stations.flatMap(({ lat_deg, lon_deg }) =>
    lat_deg === null || lon_deg === null ? [] : [mercator(lon_deg, lat_deg)],
  );
  if (!at.length || width <= 0 || height <= 0) return null;
  const ends = (values: number[]): [number, number] => [Math.min(...values), Math.max(...values)];
  const [west, east] = ends(at.map(({ x }) => x));
  const [north, south] = ends(at.map(({ y }) => y));
  const least = LEAST_DEG / 360;
  const scale = Math.min(
    width / (Math.max(east - west, least) * (1 + MARGIN)),
    height / (Math.max(south - north, least) * (1 + MARGIN)),
  );
  const middle = { x: (west + east) / 2, y: (north + south) / 2 };
  return (lon_deg, lat_deg) => {
    const { x, y } = mercator(lon_deg, lat_deg);
    return { x: (x - middle.x) * scale + width / 2, y: (y - middle.y) * scale + height / 2 };
  };
}

/** Outlines as one SVG path; corners closer than a pixel are left out. */
export function outline(geometry: GeoJSON.Geometry, project: Projection): string {
  const rings =
    geometry.type === "MultiPolygon"
      ? geometry.coordinates.flat()
      : geometry.type === "Polygon"
        ? geometry.coordinates
        : [];
  return rings
    .map((ring) => {
      let last: Point | null = null;
      const kept: string[] = [];
      for (const [lon = 0, lat = 0] of ring) {
        const at = project(lon, lat);
        if (last && Math.hypot(at.x - last.x, at.y - last.y) < 1) continue;
        last = at;
        kept.push(`${at.x.toFixed(1)} ${at.y.toFixed(1)}`);
      }
      return kept.length > 2 ? `M${kept.join("L")}z` : "";
    })
    .join("");
}
