/** Where in the pages about plates an address leads, and back. Pure. */

import type { HitState } from "./types";

export type View = "hits" | "search" | "lists" | "counts" | "cameras";

export interface PlatesPlace {
  page: "plates";
  view: View;
  /** Which hits are shown. */
  state: HitState | "all";
  /** The hit that is open. */
  hit: number | null;
  /** The list that is open. */
  list: number | null;
  /** Counts of one camera; empty: of all. */
  device: string;
  /** Counts of so many days; null: of as many as one looks at first. */
  days: number | null;
}

export const PLATES: PlatesPlace = {
  page: "plates",
  view: "hits",
  state: "open",
  hit: null,
  list: null,
  device: "",
  days: null,
};

export const VIEWS: readonly View[] = ["hits", "search", "lists", "counts", "cameras"];
export const HIT_STATES: readonly PlatesPlace["state"][] = ["open", "accepted", "rejected", "all"];

const PATHS: Record<View, string> = {
  hits: "coincidencias",
  search: "busqueda",
  lists: "listas",
  counts: "conteos",
  cameras: "camaras",
};
const SHOWN: Record<PlatesPlace["state"], string> = {
  open: "pendientes",
  accepted: "aceptadas",
  rejected: "rechazadas",
  all: "todas",
};

const count = (text: string | null): number | null =>
  text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;

/** The place that a path's second and third part and its query name. */
export function platesPlaceOf(second: string, third: string, said: URLSearchParams): PlatesPlace {
  const view = VIEWS.find((one) => PATHS[one] === second) ?? "hits";
  return {
    page: "plates",
    view,
    state: (view === "hits" && HIT_STATES.find((one) => SHOWN[one] === said.get("ver"))) || "open",
    hit: view === "hits" ? count(third) : null,
    list: view === "lists" ? count(third) : null,
    device: view === "counts" ? (said.get("camara") ?? "") : "",
    days: view === "counts" ? count(said.get("dias")) : null,
  };
}

/** Its path and query, with only what is not as usual. */
export function platesHashOf({ view, state, hit, list, device, days }: PlatesPlace): string {
  const which = { hits: hit, search: null, lists: list, counts: null, cameras: null }[view];
  const query = new URLSearchParams();
  if (view === "hits" && state !== "open") query.set("ver", SHOWN[state]);
  if (view === "counts" && device) query.set("camara", device);
  if (view === "counts" && days !== null) query.set("dias", String(days));
  const path = view === "hits" && which === null ? "" : `/${PATHS[view]}`;
  const said = query.toString();
  return `#/placas${path}${which === null ? "" : `/${which}`}${said ? `?${said}` : ""}`;
}
