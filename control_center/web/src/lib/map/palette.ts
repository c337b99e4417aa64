/** Colours the canvas draws with, read from the same CSS variables as the rest of the page. */

import { STATES } from "../runs/states";
import type { State } from "../runs/types";
import { type Mark, MARKS } from "../state";

export interface Palette {
  marks: Record<Mark, string>;
  blocks: Record<State, string>;
  land: string;
  outside: string;
  urban: string;
  rural: string;
  border: string;
  grid: string;
  placeText: string;
  halo: string;
  ink: string;
  onMark: string;
  accent: string;
  muted: string;
  surface: string;
  warn: string;
  bad: string;
}

const DESK_REM_PX = 14;

/** How much larger than on a desk this screen shows text. */
export function textScale(): number {
  const rem_px = parseFloat(getComputedStyle(document.documentElement).fontSize);
  return Math.max(1, rem_px / DESK_REM_PX);
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return {
    marks: Object.fromEntries(MARKS.map((mark) => [mark, read(`--mark-${mark}`)])) as Record<
      Mark,
      string
    >,
    blocks: Object.fromEntries(
      STATES.map((state) => [state, read(`--st-${state}`)]),
    ) as Record<State, string>,
    land: read("--map-land"),
    outside: read("--map-outside"),
    urban: read("--map-urban"),
    rural: read("--map-rural"),
    border: read("--map-border"),
    grid: read("--map-grid"),
    placeText: read("--map-text"),
    halo: read("--map-halo"),
    ink: read("--ink"),
    onMark: read("--on-mark"),
    accent: read("--accent"),
    muted: read("--muted"),
    surface: read("--surface"),
    warn: read("--warn"),
    bad: read("--bad"),
  };
}
