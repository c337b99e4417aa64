/** Web Mercator by hand: the map never tilts or turns, so a point on screen is one multiply away. */

export interface Point {
  x: number;
  y: number;
}

/** What the screen shows: the map's zoom and centre, and the canvas in CSS pixels. */
export interface View {
  zoom: number;
  center: Point;
  width: number;
  height: number;
}

const TILE_PX = 512;
const EARTH_M = 6_371_008.8;

/** Longitude and latitude to the unit square, north up. */
export function mercator(lon_deg: number, lat_deg: number): Point {
  const sin = Math.sin((lat_deg * Math.PI) / 180);
  return {
    x: lon_deg / 360 + 0.5,
    y: 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI),
  };
}

/** The unit square back to longitude and latitude. */
export function lonLat({ x, y }: Point): [lon_deg: number, lat_deg: number] {
  return [(x - 0.5) * 360, (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI];
}

/** CSS pixels across the whole world. */
export const world_px = (zoom: number): number => TILE_PX * 2 ** zoom;

/** Unit square to CSS pixels of this view. */
export function toScreen(view: View, x: number, y: number): Point {
  const scale = world_px(view.zoom);
  return {
    x: (x - view.center.x) * scale + view.width / 2,
    y: (y - view.center.y) * scale + view.height / 2,
  };
}

/** Great-circle distance, metres. */
export function distance_m(
  a: { lat_deg: number; lon_deg: number },
  b: { lat_deg: number; lon_deg: number },
): number {
  const rad = Math.PI / 180;
  const dLat = (b.lat_deg - a.lat_deg) * rad;
  const dLon = (b.lon_deg - a.lon_deg) * rad;
  const h =
    Math.sin(dLat / 2) ** 2 +
    Math.cos(a.lat_deg * rad) * Math.cos(b.lat_deg * rad) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)));
}
