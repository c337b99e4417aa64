/** What is read about charts, in English. */

import type { esCharts } from "./charts.es";

export const enCharts: Record<keyof typeof esCharts, string> = {
  "nav.charts": "Boards",
  "keys.charts": "Open the boards",
  "ch.board": "Board",
  "ch.error": "The boards could not be read.",
  "ch.panel.error": "It could not be read.",
  "ch.maps": "The maps of these boards are in Grafana and on the Map page.",
  "ch.right": "right axis",
};
