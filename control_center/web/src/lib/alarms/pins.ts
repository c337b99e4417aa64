/** Incidents and alarms on the canvas above the map: their shape, a ring while nobody knows of them, a line to who goes. */

import { mercator, type Point, toScreen, type View } from "../map/mercator";
import { SEVERITY_SHAPES, SEVERITY_SIGNS, type Severity } from "./types";

export interface Pin {
  key: string;
  lon: number;
  lat: number;
  severity: Severity;
  chosen: boolean;
  /** Nobody has said that they know of it: it draws the eye. */
  rings: boolean;
  label: string;
}

export interface Line {
  points: readonly (readonly [lon: number, lat: number])[];
  /** Where somebody is going, rather than has been. */
  dashed: boolean;
}

export interface PinColours {
  severities: Record<Severity, string>;
  on: string;
  halo: string;
  ink: string;
  accent: string;
}

export function readPinColours(): PinColours {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return {
    severities: {
      CRITICAL: read("--sev-critical"),
      MAJOR: read("--sev-major"),
      MINOR: read("--sev-minor"),
      WARNING: read("--sev-warning"),
      INDETERMINATE: read("--sev-indeterminate"),
    },
    on: read("--on-sev"),
    halo: read("--map-halo"),
    ink: read("--ink"),
    accent: read("--accent"),
  };
}

const RING_MS = 2_000;
/** How often a ring that grows is worth a frame. */
export const RING_FRAME_MS = 66;

const at = (view: View, lon: number, lat: number): Point => {
  const { x, y } = mercator(lon, lat);
  return toScreen(view, x, y);
};

export function drawLines(ctx: CanvasRenderingContext2D, view: View, lines: readonly Line[], colours: PinColours, scale: number): void {
  ctx.lineJoin = ctx.lineCap = "round";
  for (const { points, dashed } of lines) {
    ctx.beginPath();
    points.forEach(([lon, lat], i) => {
      const { x, y } = at(view, lon, lat);
      if (i === 0) ctx.moveTo(x, y);
      else ctx.lineTo(x, y);
    });
    ctx.setLineDash([]);
    ctx.strokeStyle = colours.halo;
    ctx.lineWidth = 5 * scale;
    ctx.stroke();
    ctx.setLineDash(dashed ? [7 * scale, 6 * scale] : []);
    ctx.strokeStyle = colours.accent;
    ctx.lineWidth = 2.4 * scale;
    ctx.stroke();
  }
  ctx.setLineDash([]);
}

export interface Drawn {
  pin: Pin;
  at: Point;
}

/** Draw them, the chosen one last; answers where each is. */
export function drawPins(
  ctx: CanvasRenderingContext2D,
  view: View,
  pins: readonly Pin[],
  colours: PinColours,
  scale: number,
  now_ms: number,
): Drawn[] {
  const drawn = pins
    .map((pin) => ({ pin, at: at(view, pin.lon, pin.lat) }))
    .filter(({ at: { x, y } }) => x > -40 && y > -40 && x < view.width + 40 && y < view.height + 40)
    .sort((a, b) => Number(a.pin.chosen) - Number(b.pin.chosen));
  const transform = ctx.getTransform();
  for (const { pin, at: where } of drawn) {
    const size = (pin.chosen ? 30 : 24) * scale;
    const colour = colours.severities[pin.severity];
    if (pin.rings) ring(ctx, where, size, colour, now_ms);
    if (pin.chosen) {
      ctx.beginPath();
      ctx.arc(where.x, where.y, size * 0.82, 0, 2 * Math.PI);
      ctx.strokeStyle = colours.accent;
      ctx.lineWidth = 2.5 * scale;
      ctx.stroke();
    }
    ctx.translate(where.x - size / 2, where.y - size / 2);
    ctx.scale(size / 24, size / 24);
    const outline = new Path2D(SEVERITY_SHAPES[pin.severity]);
    ctx.lineJoin = ctx.lineCap = "round";
    ctx.strokeStyle = colours.halo;
    ctx.lineWidth = 4;
    ctx.stroke(outline);
    ctx.fillStyle = colour;
    ctx.fill(outline);
    ctx.strokeStyle = colours.on;
    ctx.lineWidth = 2.4;
    ctx.stroke(new Path2D(SEVERITY_SIGNS[pin.severity]));
    ctx.setTransform(transform);
    if (pin.chosen && pin.label) write(ctx, view, pin.label, where, size, colours, scale);
  }
  return drawn;
}

function ring(ctx: CanvasRenderingContext2D, { x, y }: Point, size: number, colour: string, now_ms: number): void {
  const phase = (now_ms % RING_MS) / RING_MS;
  ctx.beginPath();
  ctx.arc(x, y, size * (0.7 + phase), 0, 2 * Math.PI);
  ctx.strokeStyle = colour;
  ctx.globalAlpha = 1 - phase;
  ctx.lineWidth = 3;
  ctx.stroke();
  ctx.globalAlpha = 1;
}

function write(
  ctx: CanvasRenderingContext2D,
  view: View,
  text: string,
  { x, y }: Point,
  size: number,
  colours: PinColours,
  scale: number,
): void {
  ctx.font = `600 ${13 * scale}px "Inter", system-ui, sans-serif`;
  ctx.textBaseline = "middle";
  const away = size * 0.82 + 6;
  const fits = x + away + ctx.measureText(text).width < view.width;
  ctx.textAlign = fits ? "left" : "right";
  const left = fits ? x + away : x - away;
  ctx.strokeStyle = colours.halo;
  ctx.lineWidth = 4;
  ctx.strokeText(text, left, y);
  ctx.fillStyle = colours.ink;
  ctx.fillText(text, left, y);
}
