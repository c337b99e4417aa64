/** The truck and the last minutes of its way, on a canvas over the map. Pure drawing. */

import { HOLE_MS, momentAt, stretches, type Trace } from "../runs/playback";
import { type Point, toScreen, type View } from "./mercator";
import { size_px } from "./painter";
import type { Sprites } from "./sprites";
import { put } from "./stamp";

const TAIL_MS = 600_000;
const STEPS = 6;
const MOVING_KMH = 3;

/** Draw the truck at a time; answer where, null: it has sent nothing. */
export function paintTruck(
  ctx: CanvasRenderingContext2D,
  view: View,
  trace: Trace,
  at_ms: number,
  sprites: Sprites,
): Point | null {
  const { ratio, palette } = sprites;
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, ctx.canvas.width, ctx.canvas.height);
  const found = momentAt(trace, at_ms);
  if (!found) return null;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.lineCap = ctx.lineJoin = "round";
  const at = toScreen(view, found.at.x, found.at.y);
  for (let step = 0; step < STEPS; step += 1) {
    const from_ms = at_ms - (TAIL_MS * (STEPS - step)) / STEPS;
    const to_ms = from_ms + TAIL_MS / STEPS;
    ctx.globalAlpha = 0.25 + (0.75 * (step + 1)) / STEPS;
    stroke(ctx, view, trace, from_ms, to_ms, step === STEPS - 1 && !found.silent ? at : null, sprites);
  }
  ctx.globalAlpha = 1;
  const mark = found.silent ? "silent" : (found.kmh ?? MOVING_KMH) >= MOVING_KMH ? "moving" : "stopped";
  const size = Math.round(size_px(view.zoom) * sprites.scale * 1.1);
  const picture = sprites.get("truck", mark, mark === "moving" ? found.heading_deg : null, size);
  ctx.beginPath();
  ctx.arc(at.x, at.y, size * 0.72, 0, 2 * Math.PI);
  ctx.fillStyle = palette.halo;
  ctx.globalAlpha = 0.55;
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.strokeStyle = palette.ink;
  ctx.lineWidth = 1.6;
  ctx.stroke();
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  put(ctx, picture, at.x * ratio, at.y * ratio);
  return at;
}

function stroke(
  ctx: CanvasRenderingContext2D,
  view: View,
  trace: Trace,
  from_ms: number,
  to_ms: number,
  end: Point | null,
  { palette, scale }: Sprites,
): void {
  ctx.beginPath();
  for (const [from, to] of stretches(trace, from_ms, to_ms)) {
    const joined = from > 0 && trace.t_ms[from]! - trace.t_ms[from - 1]! <= HOLE_MS;
    const before = joined ? from - 1 : from;
    for (let i = before; i < to; i += 1) {
      const { x, y } = toScreen(view, trace.x[i]!, trace.y[i]!);
      if (i === before) ctx.moveTo(x, y);
      else ctx.lineTo(x, y);
    }
  }
  if (end) ctx.lineTo(end.x, end.y);
  ctx.strokeStyle = palette.ink;
  ctx.lineWidth = 2 * scale;
  ctx.stroke();
}
