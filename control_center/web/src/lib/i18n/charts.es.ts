/** What is read about charts, in Spanish of Mexico. */

export const esCharts = {
  "nav.charts": "Tableros",
  "keys.charts": "Abrir los tableros",
  "ch.board": "Tablero",
  "ch.error": "No se pudieron leer los tableros.",
  "ch.panel.error": "No se pudo leer.",
  "ch.maps": "Los mapas de estos tableros están en Grafana y en la página Mapa.",
  "ch.right": "eje derecho",
} as const;
