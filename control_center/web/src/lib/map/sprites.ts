/** Marks drawn once a kind, state and size, then stamped: a thousand stamps cost a millisecond or two. */

import type { Mark } from "../state";
import type { Kind } from "../types";
import type { Palette } from "./palette";
import { FILLING, NOSE, QUESTION, SHAPES } from "./shapes";

const BOX = 24;
const MARGIN = 3;

export class Sprites {
  #made = new Map<string, HTMLCanvasElement>();

  constructor(
    readonly palette: Palette,
    /** Device pixels a CSS pixel. */
    readonly ratio: number,
    /** Size of text, and so of marks, on this screen: 1 on a desk, more on a wall. */
    readonly scale: number,
  ) {}

  /** A square picture whose middle is the device; `size_px` is the side of the 24-unit box. */
  get(kind: Kind, mark: Mark, nose: boolean, size_px: number): HTMLCanvasElement {
    const key = `${kind}/${mark}/${nose ? 1 : 0}/${size_px}`;
    let made = this.#made.get(key);
    if (!made) {
      made = this.#draw(kind, mark, nose, size_px);
      this.#made.set(key, made);
    }
    return made;
  }

  /** CSS pixels from the side of the box to the side of the picture. */
  static side_px(size_px: number): number {
    return size_px * ((BOX + 2 * MARGIN) / BOX);
  }

  #draw(kind: Kind, mark: Mark, nose: boolean, size_px: number): HTMLCanvasElement {
    const canvas = document.createElement("canvas");
    const side = Math.ceil(Sprites.side_px(size_px) * this.ratio);
    canvas.width = canvas.height = side;
    const ctx = canvas.getContext("2d");
    if (!ctx) return canvas;
    const scale = side / (BOX + 2 * MARGIN);
    ctx.setTransform(scale, 0, 0, scale, MARGIN * scale, MARGIN * scale);
    ctx.lineJoin = ctx.lineCap = "round";

    const { outline, inside } = SHAPES[kind];
    const body = new Path2D(outline);
    if (nose && NOSE[kind]) body.addPath(new Path2D(NOSE[kind]));
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
    return canvas;
  }
}
