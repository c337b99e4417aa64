/** Pictures the map of a run puts on it: arrows, verdicts, stops and events. */

import type { MarkIcon } from "../runs/mapdata";
import type { Palette } from "./palette";

export type RunIcon = MarkIcon | "arrow" | "confirmed" | "disputed";

interface Drawing {
  /** Closed outline of the badge in a 24 × 24 box; none: only strokes. */
  badge?: string;
  picture: string;
  colour: (palette: Palette) => string;
  /** Outlined instead of filled. */
  hollow?: boolean;
}

const CIRCLE = "M12 3a9 9 0 1 1 0 18a9 9 0 1 1 0-18z";
const SQUARE = "M5 3.5h14a1.5 1.5 0 0 1 1.5 1.5v14a1.5 1.5 0 0 1-1.5 1.5H5a1.5 1.5 0 0 1-1.5-1.5V5A1.5 1.5 0 0 1 5 3.5z";
const TRIANGLE = "M12 2.5L22.5 20.5h-21z";
const DIAMOND = "M12 1.5L22.5 12L12 22.5L1.5 12z";

const DRAWINGS: Record<RunIcon, Drawing> = {
  arrow: { picture: "M9 6l6.5 6L9 18", colour: ({ ink }) => ink },
  stop: { badge: CIRCLE, picture: "M9.6 8.2v7.6M14.4 8.2v7.6", colour: ({ warn }) => warn },
  silent: { badge: CIRCLE, picture: "M9 9l6 6M15 9l-6 6", colour: ({ muted }) => muted, hollow: true },
  place: { badge: SQUARE, picture: "M9.6 8.2v7.6M14.4 8.2v7.6", colour: ({ muted }) => muted },
  fast: { badge: TRIANGLE, picture: "M12 9.5v5M12 17.4v.2", colour: ({ bad }) => bad },
  landfill: { badge: DIAMOND, picture: "M12 7.5v7M8.8 11.8L12 15l3.2-3.2", colour: ({ accent }) => accent },
  depot: { badge: SQUARE, picture: "M7.5 12.5L12 8l4.5 4.5M9 12v4.5h6V12", colour: ({ accent }) => accent },
  event: { badge: CIRCLE, picture: "M12 8v5M12 15.8v.2", colour: ({ accent }) => accent },
  confirmed: { badge: CIRCLE, picture: "M8 12.4l2.8 2.8L16 9.6", colour: ({ ink }) => ink },
  disputed: { badge: CIRCLE, picture: "M9.5 18V7M9.5 7.6h6l-1.4 2.2L15.5 12h-6", colour: ({ ink }) => ink },
};

export const RUN_ICONS = Object.keys(DRAWINGS) as RunIcon[];
export const isRunIcon = (name: string): name is RunIcon => name in DRAWINGS;

const SIDE_PX: Partial<Record<RunIcon, number>> = { arrow: 15, confirmed: 20, disputed: 20 };

/** One picture, at `ratio` device pixels a CSS pixel. */
export function runIcon(name: RunIcon, palette: Palette, ratio: number, scale: number): ImageData | null {
  const { badge, picture, colour, hollow = false } = DRAWINGS[name];
  const side = Math.round((SIDE_PX[name] ?? 24) * ratio * scale);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const ctx = canvas.getContext("2d");
  if (!ctx) return null;
  const unit = side / 28;
  ctx.setTransform(unit, 0, 0, unit, 2 * unit, 2 * unit);
  ctx.lineJoin = ctx.lineCap = "round";
  const own = colour(palette);
  if (badge) {
    const path = new Path2D(badge);
    ctx.strokeStyle = palette.halo;
    ctx.lineWidth = 3.4;
    ctx.stroke(path);
    ctx.fillStyle = hollow ? palette.surface : own;
    ctx.fill(path);
    if (hollow) {
      ctx.strokeStyle = own;
      ctx.lineWidth = 2.2;
      ctx.setLineDash([3, 2.6]);
      ctx.stroke(path);
      ctx.setLineDash([]);
    }
  } else {
    ctx.strokeStyle = palette.halo;
    ctx.lineWidth = 8;
    ctx.stroke(new Path2D(picture));
  }
  ctx.strokeStyle = badge ? (hollow ? own : palette.surface) : own;
  ctx.lineWidth = badge ? 2.3 : 3.6;
  ctx.stroke(new Path2D(picture));
  return ctx.getImageData(0, 0, side, side);
}
