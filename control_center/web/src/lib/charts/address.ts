/** Where in the page of charts an address leads, and back. Pure. */

export interface ChartsPlace {
  page: "charts";
  /** Which board; empty: the first. */
  board: string;
  /** How many days back; null: as the board is usually looked at. */
  days: number | null;
}

export const CHARTS: ChartsPlace = { page: "charts", board: "", days: null };
export const CHART_DAYS: readonly number[] = [1, 7, 30];

/** The place that a path's second part and its query name. */
export function chartsPlaceOf(second: string, said: URLSearchParams): ChartsPlace {
  const days = Number(said.get("dias"));
  return {
    page: "charts",
    board: /^[a-z0-9-]{1,40}$/.test(second) ? second : "",
    days: CHART_DAYS.includes(days) ? days : null,
  };
}

/** The hash of a place, with only what is not as usual. */
export function chartsHashOf({ board, days }: ChartsPlace): string {
  return `#/tableros${board ? `/${board}` : ""}${days === null ? "" : `?dias=${days}`}`;
}
