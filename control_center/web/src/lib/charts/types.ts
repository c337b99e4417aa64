/** What the control center says of charts: boards, how their values look, and rows. */

export interface Step {
  value: number | null;
  colour: string;
}

export interface Column {
  name: string;
  title_es: string;
  title_en: string;
  unit: string;
  decimals: number | null;
  steps: Step[];
  labels: Record<string, { es: string; en: string; colour: string | null }>;
  /** Page of the control center, with columns in ${…}. */
  page: string | null;
  hidden: boolean;
  /** A series on an axis of its own, at the right. */
  right: boolean;
}

export type View = "stat" | "timeseries" | "table" | "barchart" | "bargauge" | "piechart" | "state-timeline";

export interface Panel {
  number: number;
  row_es: string;
  row_en: string;
  title_es: string;
  title_en: string;
  description_es: string;
  description_en: string;
  no_data_es: string;
  no_data_en: string;
  view: View;
  width: number;
  stacked: boolean;
  bars: boolean;
  value: Column;
  columns: Column[];
}

export interface Board {
  uid: string;
  title_es: string;
  title_en: string;
  description_es: string;
  description_en: string;
  days: number;
  panels: Panel[];
}

export type Cell = number | string | boolean | null;
export type Kind = "number" | "time" | "boolean" | "text";

export interface Rows {
  since: string;
  until: string;
  columns: string[];
  kinds: Kind[];
  rows: Cell[][];
}
