/** A run's blocks as the list shows them: with what was said of each, gaps first, filtered. Pure. */

import { fold } from "../table";
import { isGap, urgency } from "./states";
import type { Review, Segment, State } from "./types";

export type Which = "gaps" | "pending" | "all" | State;

export interface Row {
  segment: Segment;
  /** Newest last; earlier ones are history. */
  reviews: Review[];
}

export const newest = ({ reviews }: Row): Review | null => reviews.at(-1) ?? null;

/** Join blocks and reviews; a review of a block the plan no longer has is kept by nobody. */
export function rowsOf(segments: readonly Segment[], reviews: readonly Review[]): Row[] {
  const byBlock = new Map<string, Review[]>();
  for (const review of [...reviews].sort((a, b) => a.review_id - b.review_id)) {
    const known = byBlock.get(review.segment_id);
    if (known) known.push(review);
    else byBlock.set(review.segment_id, [review]);
  }
  return segments.map((segment) => ({ segment, reviews: byBlock.get(segment.segment_id) ?? [] }));
}

const pending = (row: Row): boolean => isGap(row.segment) && row.reviews.length === 0;

const WHICH: Record<"gaps" | "pending" | "all", (row: Row) => boolean> = {
  gaps: ({ segment }) => isGap(segment),
  pending,
  all: () => true,
};

/** Rows to show: gaps that nobody has looked at first, then by how bad, then as driven. */
export function shown(rows: readonly Row[], which: Which, search = ""): Row[] {
  const words = fold(search).split(/\s+/).filter(Boolean);
  const wanted =
    which === "gaps" || which === "pending" || which === "all"
      ? WHICH[which]
      : ({ segment }: Row) => segment.state === which && segment.service;
  const rank = (row: Row): number =>
    (isGap(row.segment) ? 0 : 100) + (pending(row) ? 0 : 10) + urgency(row.segment.state);
  return rows
    .filter((row) => wanted(row) && matches(row, words))
    .sort((a, b) => rank(a) - rank(b) || a.segment.order - b.segment.order);
}

function matches({ segment }: Row, words: readonly string[]): boolean {
  if (!words.length) return true;
  const text = fold(`${segment.segment_id} ${segment.street} ${segment.colonia}`);
  return words.every((word) => text.includes(word));
}

export function tally(rows: readonly Row[]): Record<Which, number> {
  const found: Record<Which, number> = {
    gaps: 0,
    pending: 0,
    all: rows.length,
    serviced: 0,
    too_fast: 0,
    missed: 0,
    unknown: 0,
  };
  for (const row of rows) {
    if (row.segment.service) found[row.segment.state] += 1;
    if (isGap(row.segment)) found.gaps += 1;
    if (pending(row)) found.pending += 1;
  }
  return found;
}

/** The row before or after another, round the end; null: there is none. */
export function neighbour(rows: readonly Row[], id: string | null, step: 1 | -1): Row | null {
  if (!rows.length) return null;
  const at = rows.findIndex(({ segment }) => segment.segment_id === id);
  if (at < 0) return rows[step > 0 ? 0 : rows.length - 1] ?? null;
  return rows[(at + step + rows.length) % rows.length] ?? null;
}
