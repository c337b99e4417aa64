/** Draws the devices on a canvas over the base map, one frame at a time.
 *
 * Above the map and not in it: a frame costs one image stamp a device, the base
 * map's WebGL is not drawn again, and what `paint` has returned from is what is on
 * screen, so that lag can be measured here. Pure drawing: it keeps no clock.
 */

import type { Entry } from "../changes";
import { mobile } from "../state";
import { nextStep_ms, position } from "./glide";
import { type Point, toScreen, type View, world_px } from "./mercator";
import { Sprites } from "./sprites";
import { put } from "./stamp";
import { drawTrack, type TrackLine } from "./track";

export interface Scene {
  entries: Iterable<Entry>;
  selected: string | null;
  hovered: string | null;
  track: TrackLine | null;
  /** Places to ring for a while: panic buttons. */
  alerts: { x: number; y: number; since_ms: number }[];
  /** The live stream is lost: what is drawn may be old. */
  stale: boolean;
}

const LABELS_FROM_ZOOM = 13.5;
const LABELS_MOST = 60;
export const ALERT_MS = 60_000;
const RING_EVERY_MS = 50;
/** The least move worth a new frame. */
const STEP_PX = 0.4;
const FONT = '"Inter", system-ui, sans-serif';

/** The city at a glance, or a street at work. */
export function size_px(zoom: number): number {
  return Math.round(Math.min(28, Math.max(14, 14 + (zoom - 11) * 3.5)));
}

interface Drawn {
  entry: Entry;
  at: Point;
}

export class Painter {
  /** Where each device was drawn last, for clicks. */
  readonly drawn: Drawn[] = [];

  constructor(
    readonly ctx: CanvasRenderingContext2D,
    public sprites: Sprites,
  ) {}

  /** Draw; answer in how many ms the next frame would look different, null: in none. */
  paint(view: View, scene: Scene, now_ms: number): number | null {
    const { ctx, sprites } = this;
    const { ratio } = sprites;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, ctx.canvas.width, ctx.canvas.height);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (scene.track) drawTrack(ctx, view, scene.track, sprites.palette);
    const next = this.#place(view, scene, now_ms);
    const ringing = this.#alerts(view, scene, now_ms);
    ctx.globalAlpha = scene.stale ? 0.55 : 1;
    this.#stamp(view, scene);
    ctx.globalAlpha = 1;
    this.#labels(view, scene);
    return ringing ? Math.min(next ?? RING_EVERY_MS, RING_EVERY_MS) : next;
  }

  #place(view: View, scene: Scene, now_ms: number): number | null {
    let next: number | null = null;
    const step = STEP_PX / world_px(view.zoom);
    this.drawn.length = 0;
    const margin = 30;
    for (const entry of scene.entries) {
      const { motion } = entry;
      if (!motion || entry.mark === "revoked") continue;
      const where = position(motion, now_ms);
      const at = toScreen(view, where.x, where.y);
      if (at.x < -margin || at.y < -margin) continue;
      if (at.x > view.width + margin || at.y > view.height + margin) continue;
      this.drawn.push({ entry, at });
      const soon = nextStep_ms(motion, now_ms, step);
      if (soon !== null && (next === null || soon < next)) next = soon;
    }
    const rank = ({ entry }: Drawn): number =>
      entry.device.device_id === scene.selected ? 2 : mobile(entry.device.kind) ? 1 : 0;
    this.drawn.sort((a, b) => rank(a) - rank(b) || a.at.y - b.at.y);
    return next;
  }

  #stamp(view: View, scene: Scene): void {
    const { ctx, sprites } = this;
    const { ratio } = sprites;
    const size = Math.round(size_px(view.zoom) * sprites.scale);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    for (const { entry, at } of this.drawn) {
      const { device, mark } = entry;
      const heading = device.fix?.heading_deg ?? null;
      const chosen = device.device_id === scene.selected;
      if (chosen || device.device_id === scene.hovered) this.#ring(at, size, chosen);
      const picture = sprites.get(device.kind, mark, mark === "moving" ? heading : null, size);
      put(ctx, picture, at.x * ratio, at.y * ratio);
    }
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  #ring(at: Point, size: number, chosen: boolean): void {
    const { ctx, sprites } = this;
    ctx.setTransform(sprites.ratio, 0, 0, sprites.ratio, 0, 0);
    ctx.beginPath();
    ctx.arc(at.x, at.y, size * 0.78 + 3, 0, 2 * Math.PI);
    ctx.strokeStyle = sprites.palette.accent;
    ctx.lineWidth = chosen ? 2.5 : 1.5;
    ctx.stroke();
    ctx.setTransform(1, 0, 0, 1, 0, 0);
  }

  #alerts(view: View, scene: Scene, now_ms: number): boolean {
    const { ctx, sprites } = this;
    let any = false;
    for (const alert of scene.alerts) {
      const age = now_ms - alert.since_ms;
      if (age > ALERT_MS) continue;
      any = true;
      const at = toScreen(view, alert.x, alert.y);
      const phase = (age % 2_000) / 2_000;
      ctx.beginPath();
      ctx.arc(at.x, at.y, 14 + 26 * phase, 0, 2 * Math.PI);
      ctx.strokeStyle = sprites.palette.marks.offline;
      ctx.globalAlpha = 1 - phase;
      ctx.lineWidth = 3;
      ctx.stroke();
      ctx.globalAlpha = 1;
    }
    return any;
  }

  #labels(view: View, scene: Scene): void {
    const { ctx, sprites } = this;
    const all = view.zoom >= LABELS_FROM_ZOOM && this.drawn.length <= LABELS_MOST;
    const size = size_px(view.zoom) * sprites.scale;
    ctx.font = `500 ${12 * sprites.scale}px ${FONT}`;
    ctx.textBaseline = "middle";
    ctx.lineJoin = "round";
    for (const { entry, at } of this.drawn) {
      const { device_id: id, name } = entry.device;
      if (!all && id !== scene.selected && id !== scene.hovered) continue;
      const text = name || id;
      const away = size * 0.78 + 7;
      const fits = at.x + away + ctx.measureText(text).width < view.width;
      const x = fits ? at.x + away : at.x - away;
      ctx.textAlign = fits ? "left" : "right";
      ctx.strokeStyle = sprites.palette.halo;
      ctx.lineWidth = 3.5;
      ctx.strokeText(text, x, at.y);
      ctx.fillStyle = sprites.palette.ink;
      ctx.fillText(text, x, at.y);
    }
  }

  /** The device nearest to a point of the canvas, within reach. */
  nearest(x: number, y: number, reach_px: number): Entry | null {
    let best: Entry | null = null;
    let bestSquare = reach_px * reach_px;
    for (const { entry, at } of this.drawn) {
      const square = (at.x - x) ** 2 + (at.y - y) ** 2;
      if (square <= bestSquare) {
        best = entry;
        bestSquare = square;
      }
    }
    return best;
  }
}
