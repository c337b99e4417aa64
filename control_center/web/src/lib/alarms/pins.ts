/** Incidents and alarms on the canvas above the map: their shape, a ring while nobody knows of them, a line to who goes. */

import { mercator, type Point, toScreen, type View } from "../map/mercator";
import { put, stamp } from "../map/stamp";
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
export const RING_FRAME_MS = 100;
/** So many ring, the most urgent: where everything rings, nothing draws the eye. */
const RINGS_MOST = 12;
const BOX = 24;
const MARGIN = 2;
const SIZE_PX = { usual: 24, chosen: 30 };

const at = (view: View, lon: number, lat: number): Point => {
  const { x, y } = mercator(lon, lat);
  return toScreen(view, x, y);
};

export interface Drawn {
  pin: Pin;
  at: Point;
}

export class PinPainter {
  #made = new Map<string, ImageBitmap>();

  constructor(
    readonly colours: PinColours,
    /** Device pixels a CSS pixel. */
    readonly ratio: number,
    /** Size of text on this screen: 1 on a desk, more on a wall. */
    readonly scale: number,
  ) {}

  lines(ctx: CanvasRenderingContext2D, view: View, lines: readonly Line[]): void {
    this.#toCssPixels(ctx);
    ctx.lineJoin = ctx.lineCap = "round";
    for (const { points, dashed } of lines) {
      ctx.beginPath();
      points.forEach(([lon, lat], i) => {
        const { x, y } = at(view, lon, lat);
        if (i === 0) ctx.moveTo(x, y);
        else ctx.lineTo(x, y);
      });
      ctx.setLineDash([]);
      ctx.strokeStyle = this.colours.halo;
      ctx.lineWidth = 5 * this.scale;
      ctx.stroke();
      ctx.setLineDash(dashed ? [7 * this.scale, 6 * this.scale] : []);
      ctx.strokeStyle = this.colours.accent;
      ctx.lineWidth = 2.4 * this.scale;
      ctx.stroke();
    }
    ctx.setLineDash([]);
  }

  /** Draw pins, the most urgent first in `pins`, the chosen one above all; answers where each in sight is. */
  pins(ctx: CanvasRenderingContext2D, view: View, pins: readonly Pin[], now_ms: number): Drawn[] {
    const drawn = pins
      .map((pin) => ({ pin, at: at(view, pin.lon, pin.lat) }))
      .filter(({ at: { x, y } }) => x > -40 && y > -40 && x < view.width + 40 && y < view.height + 40);
    this.#toCssPixels(ctx);
    for (const one of drawn.filter(({ pin }) => pin.rings).slice(0, RINGS_MOST)) this.#ring(ctx, one, now_ms);
    drawn.sort((a, b) => Number(a.pin.chosen) - Number(b.pin.chosen));
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    for (const { pin, at: where } of drawn) {
      if (!pin.chosen) put(ctx, this.#mark(pin.severity, SIZE_PX.usual), where.x * this.ratio, where.y * this.ratio);
    }
    for (const one of drawn) if (one.pin.chosen) this.#chosen(ctx, view, one);
    return drawn;
  }

  #toCssPixels(ctx: CanvasRenderingContext2D): void {
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
  }

  #mark(severity: Severity, size_px: number): ImageBitmap {
    const key = `${severity}/${size_px}`;
    let made = this.#made.get(key);
    if (!made) {
      const side = Math.ceil(size_px * this.scale * this.ratio * ((BOX + 2 * MARGIN) / BOX));
      made = stamp(side, (ctx) => this.#draw(ctx, side, severity));
      this.#made.set(key, made);
    }
    return made;
  }

  #draw(ctx: OffscreenCanvasRenderingContext2D, side: number, severity: Severity): void {
    const scale = side / (BOX + 2 * MARGIN);
    ctx.setTransform(scale, 0, 0, scale, MARGIN * scale, MARGIN * scale);
    ctx.lineJoin = ctx.lineCap = "round";
    const outline = new Path2D(SEVERITY_SHAPES[severity]);
    ctx.strokeStyle = this.colours.halo;
    ctx.lineWidth = 4;
    ctx.stroke(outline);
    ctx.fillStyle = this.colours.severities[severity];
    ctx.fill(outline);
    ctx.strokeStyle = this.colours.on;
    ctx.lineWidth = 2.4;
    ctx.stroke(new Path2D(SEVERITY_SIGNS[severity]));
  }

  #chosen(ctx: CanvasRenderingContext2D, view: View, { pin, at: { x, y } }: Drawn): void {
    const size_px = SIZE_PX.chosen * this.scale;
    this.#toCssPixels(ctx);
    ctx.beginPath();
    ctx.arc(x, y, size_px * 0.82, 0, 2 * Math.PI);
    ctx.strokeStyle = this.colours.accent;
    ctx.lineWidth = 2.5 * this.scale;
    ctx.stroke();
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    put(ctx, this.#mark(pin.severity, SIZE_PX.chosen), x * this.ratio, y * this.ratio);
    this.#toCssPixels(ctx);
    if (pin.label) this.#write(ctx, view, pin.label, { x, y }, size_px * 0.82 + 6);
  }

  #ring(ctx: CanvasRenderingContext2D, { pin, at: { x, y } }: Drawn, now_ms: number): void {
    const size_px = (pin.chosen ? SIZE_PX.chosen : SIZE_PX.usual) * this.scale;
    const phase = (now_ms % RING_MS) / RING_MS;
    ctx.beginPath();
    ctx.arc(x, y, size_px * (0.7 + phase), 0, 2 * Math.PI);
    ctx.strokeStyle = this.colours.severities[pin.severity];
    ctx.globalAlpha = 1 - phase;
    ctx.lineWidth = 3;
    ctx.stroke();
    ctx.globalAlpha = 1;
  }

  #write(ctx: CanvasRenderingContext2D, view: View, text: string, { x, y }: Point, away: number): void {
    ctx.font = `600 ${13 * this.scale}px "Inter", system-ui, sans-serif`;
    ctx.textBaseline = "middle";
    const fits = x + away + ctx.measureText(text).width < view.width;
    ctx.textAlign = fits ? "left" : "right";
    const left = fits ? x + away : x - away;
    ctx.strokeStyle = this.colours.halo;
    ctx.lineWidth = 4;
    ctx.strokeText(text, left, y);
    ctx.fillStyle = this.colours.ink;
    ctx.fillText(text, left, y);
  }
}
