/** Marks drawn once a kind, state, heading and size, then stamped: a thousand stamps cost a millisecond or two. */

import type { Mark } from "../state";
import type { Kind } from "../types";
import type { Palette } from "./palette";
import { FILLING, NOSE, QUESTION, SHAPES } from "./shapes";
import { stamp } from "./stamp";

const BOX = 24;
const MARGIN = 3;
/** Headings are drawn to the nearest of so many; turning a picture costs more than copying it. */
const HEADINGS = 72;

export class Sprites {
  #made = new Map<string, ImageBitmap>();

  constructor(
    readonly palette: Palette,
    /** Device pixels a CSS pixel. */
    readonly ratio: number,
    /** Size of text, and so of marks, on this screen: 1 on a desk, more on a wall. */
    readonly scale: number,
  ) {}

  /** A square picture whose middle is the device; `size_px` is the side of the 24-unit box.
   * With a heading it has a nose, turned there. */
  get(kind: Kind, mark: Mark, heading_deg: number | null, size_px: number): ImageBitmap {
    const heading = heading_deg === null ? null : headingOf(heading_deg);
    const key = `${kind}/${mark}/${heading}/${size_px}`;
    let made = this.#made.get(key);
    if (!made) {
      const side = Math.ceil(Sprites.side_px(size_px) * this.ratio);
      made = stamp(side, (ctx) => this.#draw(ctx, side, kind, mark, heading));
      this.#made.set(key, made);
    }
    return made;
  }

  /** CSS pixels from the side of the box to the side of the picture. */
  static side_px(size_px: number): number {
    return size_px * ((BOX + 2 * MARGIN) / BOX);
  }

  #draw(ctx: OffscreenCanvasRenderingContext2D, side: number, kind: Kind, mark: Mark, heading: number | null): void {
    const scale = side / (BOX + 2 * MARGIN);
    ctx.translate(side / 2, side / 2);
    if (heading !== null) ctx.rotate((heading * 2 * Math.PI) / HEADINGS);
    ctx.scale(scale, scale);
    ctx.translate(-BOX / 2, -BOX / 2);
    ctx.lineJoin = ctx.lineCap = "round";

    const { outline, inside } = SHAPES[kind];
    const body = new Path2D(outline);
    if (heading !== null && NOSE[kind]) body.addPath(new Path2D(NOSE[kind]));
    const colour = this.palette.marks[mark];
    const filling = FILLING[mark];

    ctx.strokeStyle = this.palette.halo;
    ctx.lineWidth = 3.6;
    ctx.stroke(body);
    ctx.fillStyle = filling === "solid" ? colour : this.palette.halo;
    ctx.fill(body);
    if (filling !== "solid") {
      ctx.strokeStyle = colour;
      ctx.lineWidth = 2.4;
      if (filling === "dashed") ctx.setLineDash([3.2, 3]);
      ctx.stroke(new Path2D(outline));
      ctx.setLineDash([]);
    }
    const picture = mark === "doubtful" ? QUESTION : inside;
    if (picture) {
      ctx.strokeStyle = filling === "solid" ? this.palette.onMark : colour;
      ctx.lineWidth = 1.9;
      ctx.stroke(new Path2D(picture));
    }
  }
}

/** The nearest of the headings that are drawn, from 0. */
export function headingOf(heading_deg: number): number {
  const turns = Math.round((heading_deg * HEADINGS) / 360) % HEADINGS;
  return turns < 0 ? turns + HEADINGS : turns;
}
