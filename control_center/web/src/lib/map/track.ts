/** Where the chosen vehicle has been: a line that is cut where nothing is known. */

import { unbelievable } from "../quality";
import type { TrackPoint } from "../types";
import { mercator, type Point, toScreen, type View } from "./mercator";
import type { Palette } from "./palette";

export interface TrackLine {
  device_id: string;
  /** Stretches driven without a hole. */
  runs: Point[][];
  /** Positions not believed: marked, never joined. */
  doubtful: Point[];
  last_ms: number;
}

const HOLE_MS = 180_000;

export function trackLine(device_id: string, points: readonly TrackPoint[]): TrackLine {
  const line: TrackLine = { device_id, runs: [], doubtful: [], last_ms: 0 };
  for (const [at, lon, lat, , flags] of points) {
    extend(line, at, lon, lat, flags);
  }
  return line;
}

/** Add the newest position. */
export function extend(
  line: TrackLine,
  at_ms: number,
  lon_deg: number,
  lat_deg: number,
  flags: readonly string[],
): void {
  const point = mercator(lon_deg, lat_deg);
  if (unbelievable(flags)) {
    line.doubtful.push(point);
    return;
  }
  const run = line.runs.at(-1);
  if (run && at_ms - line.last_ms <= HOLE_MS) run.push(point);
  else line.runs.push([point]);
  line.last_ms = at_ms;
}

export function drawTrack(
  ctx: CanvasRenderingContext2D,
  view: View,
  line: TrackLine,
  palette: Palette,
): void {
  ctx.beginPath();
  for (const run of line.runs) {
    run.forEach((point, i) => {
      const at = toScreen(view, point.x, point.y);
      if (i === 0) ctx.moveTo(at.x, at.y);
      else ctx.lineTo(at.x, at.y);
    });
  }
  ctx.lineJoin = ctx.lineCap = "round";
  ctx.strokeStyle = palette.halo;
  ctx.lineWidth = 5;
  ctx.stroke();
  ctx.strokeStyle = palette.accent;
  ctx.globalAlpha = 0.85;
  ctx.lineWidth = 2.5;
  ctx.stroke();
  ctx.globalAlpha = 1;
  ctx.strokeStyle = palette.marks.doubtful;
  ctx.lineWidth = 2;
  for (const point of line.doubtful) {
    const at = toScreen(view, point.x, point.y);
    ctx.beginPath();
    ctx.moveTo(at.x - 4, at.y - 4);
    ctx.lineTo(at.x + 4, at.y + 4);
    ctx.moveTo(at.x + 4, at.y - 4);
    ctx.lineTo(at.x - 4, at.y + 4);
    ctx.stroke();
  }
}
