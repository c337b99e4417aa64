/** A device's history as the columns a chart draws: gaps stay gaps, the doubtful is apart. Pure. */

import type { SeriesPoint } from "./types";

type Column = (number | null)[];

export interface Columns {
  /** Epoch seconds, as the chart library counts. */
  x: number[];
  /** Believable means; null breaks the line. */
  line: Column;
  min: Column;
  max: Column;
  /** Believable means with nothing on either side, which a line cannot show. */
  alone: Column;
  /** When something was not believed: marked, never joined. */
  flagged: Column;
}

export interface Summary {
  min: number;
  mean: number;
  max: number;
  flagged: number;
}

/** Split points into what is joined and what is only marked.
 *
 * A mark says when something was not believed, never how much: it stands at the
 * foot of the chart.
 */
export function columns(points: readonly SeriesPoint[]): Columns {
  const line = points.map(([, mean]) => mean);
  const foot = points.reduce((low, [, , min]) => Math.min(low, min ?? Infinity), Infinity);
  return {
    x: points.map(([ms]) => ms / 1000),
    line,
    min: points.map(([, , min]) => min),
    max: points.map(([, , , max]) => max),
    alone: line.map((value, i) =>
      value !== null && (line[i - 1] ?? null) === null && (line[i + 1] ?? null) === null
        ? value
        : null,
    ),
    flagged: points.map(([, , , , flagged]) => (flagged > 0 ? (foot < Infinity ? foot : 0) : null)),
  };
}

/** Lowest, mean and highest of what is believable; null when there is nothing. */
export function summary(points: readonly SeriesPoint[]): Summary | null {
  const good = points.filter(([, mean]) => mean !== null);
  const flagged = points.reduce((sum, point) => sum + point[4], 0);
  if (!good.length) return null;
  const means = good.map(([, mean]) => mean as number);
  return {
    min: Math.min(...good.map(([, mean, min]) => min ?? (mean as number))),
    mean: means.reduce((a, b) => a + b, 0) / means.length,
    max: Math.max(...good.map(([, mean, , max]) => max ?? (mean as number))),
    flagged,
  };
}
