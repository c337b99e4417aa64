/** One outline and one pictogram a kind, in a 24 × 24 box: the same on the map, in lists and in the legend.
 *
 * Kinds differ by outline, so that colour is left to say the state, and states
 * differ by filling too (see `FILLING`), so that colour is never alone.
 */

import type { Mark } from "../state";
import type { Kind } from "../types";

export interface Shape {
  /** Closed outline. */
  outline: string;
  /** Strokes drawn inside; empty for what turns. */
  inside: string;
}

const CIRCLE = "M12 4.5a7.5 7.5 0 1 1 0 15a7.5 7.5 0 1 1 0-15z";
const SQUARE = "M8 5h8a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3H8a3 3 0 0 1-3-3V8a3 3 0 0 1 3-3z";

export const SHAPES: Record<Kind, Shape> = {
  truck: { outline: CIRCLE, inside: "" },
  bus: { outline: SQUARE, inside: "" },
  air: { outline: "M12 2.5l8.2 4.75v9.5L12 21.5l-8.2-4.75v-9.5z", inside: "M7.5 10h9M7.5 14h6" },
  noise: { outline: "M12 1.8L22.2 12L12 22.2L1.8 12z", inside: "M9 10.5v3M12 8v8M15 10.5v3" },
  camera: {
    outline: "M3.5 4.5h17l-4.5 15h-8z",
    inside: "M12 8.3a2.7 2.7 0 1 1 0 5.4a2.7 2.7 0 1 1 0-5.4z",
  },
  counter: {
    outline: "M5 6.5h14a3 3 0 0 1 3 3v5a3 3 0 0 1-3 3H5a3 3 0 0 1-3-3v-5a3 3 0 0 1 3-3z",
    inside: "M7 10v4M12 10v4M17 10v4",
  },
  panic: {
    outline: "M8 2.8h8L21.2 8v8L16 21.2H8L2.8 16V8z",
    inside: "M12 7v6M12 16.4v.4",
  },
  power: { outline: "M12 2.2L22.4 20.6H1.6z", inside: "M12.8 8.8l-2.6 5h3.6l-2.4 4" },
};

/** The nose of what moves, for heading 0 (north), added to the outline. */
export const NOSE: Partial<Record<Kind, string>> = {
  truck: "M12 0.2l4.9 6.6h-9.8z",
  bus: "M12 0.2l4.6 5.6h-9.2z",
};

/** What the doubtful show instead of their pictogram. */
export const QUESTION = "M9.6 9.6a2.5 2.5 0 1 1 3.6 2.2q-1.2.6-1.2 1.9M12 16.2v.4";

/** solid: speaking; hollow: gone; dashed: not (yet) taking part. */
export type Filling = "solid" | "hollow" | "dashed";

export const FILLING: Record<Mark, Filling> = {
  moving: "solid",
  stopped: "solid",
  ok: "solid",
  doubtful: "solid",
  silent: "dashed",
  offline: "hollow",
  never: "dashed",
  pending: "dashed",
  revoked: "hollow",
};
