/** Where in the application an address leads, and back: pages live after the #, so a reload or a link keeps them. Pure. */

import { type AdminPlace, adminHashOf, adminPlaceOf } from "./admin/address";
import { type AlertsPlace, alertsHashOf, alertsPlaceOf } from "./alerts/address";
import { type AuditPlace, auditHashOf, auditPlaceOf } from "./audit/address";
import { type RoomPlace, roomHashOf, roomPlaceOf } from "./incidents/address";
import { type ChartsPlace, chartsHashOf, chartsPlaceOf } from "./charts/address";
import { type PlatesPlace, platesHashOf, platesPlaceOf } from "./plates/address";

export type By = "truck" | "route" | "supervisor" | "week" | "day";

export interface MapPlace {
  page: "map";
  device: string | null;
}

export interface DayPlace {
  page: "day";
  /** YYYY-MM-DD, local; null: yesterday. */
  day: string | null;
  route: string;
  device: string;
  supervisor: string;
}

export interface SummaryPlace {
  page: "summary";
  by: By;
  /** YYYY-MM-DD, both included; null: the last seven days. */
  from: string | null;
  to: string | null;
}

export interface RunPlace {
  page: "run";
  run: number;
  /** null: the newest. */
  revision: number | null;
  block: string | null;
}

/** Stations of a kind, or one of them. */
export interface StationPlace {
  page: "air" | "noise";
  station: string | null;
  /** How many days back; null: as many as one looks at first. */
  days: number | null;
}

export type Show = "unmarked" | "open" | "marked" | "all";

export interface AnomaliesPlace {
  page: "anomalies";
  show: Show;
  /** Of one device; empty: of all. */
  device: string;
  days: number | null;
  /** The one that is open: by its number, or by when it began, epoch ms. */
  anomaly: number | null;
  at_ms: number | null;
}

export type Place =
  | MapPlace
  | DayPlace
  | SummaryPlace
  | RunPlace
  | StationPlace
  | AnomaliesPlace
  | PlatesPlace
  | ChartsPlace
  | AlertsPlace
  | AuditPlace
  | AdminPlace
  | RoomPlace;
export type Section = "map" | "room" | "routes" | "air" | "noise" | "anomalies" | "plates" | "charts" | "alerts" | "audit" | "admin";

export const BYS: readonly By[] = ["truck", "route", "supervisor", "week", "day"];
export const DAY: DayPlace = { page: "day", day: null, route: "", device: "", supervisor: "" };
export const SUMMARY: SummaryPlace = { page: "summary", by: "truck", from: null, to: null };
export const AIR: StationPlace = { page: "air", station: null, days: null };
export const NOISE: StationPlace = { page: "noise", station: null, days: null };
export const SHOWS: readonly Show[] = ["unmarked", "open", "marked", "all"];
export const ANOMALIES: AnomaliesPlace = {
  page: "anomalies",
  show: "unmarked",
  device: "",
  days: null,
  anomaly: null,
  at_ms: null,
};

/** Which entry of the navigation a place belongs to. */
export function sectionOf({ page }: Place): Section {
  return page === "run" || page === "day" || page === "summary" ? "routes" : page;
}

const WORDS: Record<By, string> = {
  truck: "camion",
  route: "ruta",
  supervisor: "supervisor",
  week: "semana",
  day: "dia",
};
const SHOWN: Record<Show, string> = {
  unmarked: "pendientes",
  open: "abiertas",
  marked: "revisadas",
  all: "todas",
};
const STATIONS = { aire: "air", ruido: "noise" } as const;
const PATHS = { air: "aire", noise: "ruido" } as const;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

const date = (text: string | null): string | null => (text && DATE.test(text) ? text : null);

function count(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The place a location's hash names; what makes no sense is the map. */
export function placeOf(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [first = "", second = "", third = ""] = path.split("/").map(plain);
  const said = new URLSearchParams(query);
  const text = (name: string): string => said.get(name) ?? "";
  if (first === "d" && second) return { page: "map", device: second };
  if (first === "aire" || first === "ruido") {
    return { page: STATIONS[first], station: second || null, days: count(said.get("dias")) };
  }
  if (first === "anomalias") {
    return {
      page: "anomalies",
      show: SHOWS.find((one) => SHOWN[one] === text("ver")) ?? "unmarked",
      device: text("equipo"),
      days: count(said.get("dias")),
      anomaly: count(second),
      at_ms: count(said.get("inicio")),
    };
  }
  if (first === "alertas") return alertsPlaceOf(said);
  if (first === "auditoria") return auditPlaceOf(said);
  if (first === "cuenta") return adminPlaceOf(second);
  if (first === "sala" || first === "incidentes") return roomPlaceOf(first, second, third, said);
  if (first === "tableros") return chartsPlaceOf(second, said);
  if (first === "placas") return platesPlaceOf(second, third, said);
  if (first !== "rutas") return { page: "map", device: null };
  const run = count(third);
  if (second === "corrida" && run !== null) {
    return { page: "run", run, revision: count(said.get("rev")), block: said.get("bloque") };
  }
  if (second === "resumen") {
    const by = BYS.find((one) => WORDS[one] === text("por")) ?? "truck";
    return { page: "summary", by, from: date(said.get("desde")), to: date(said.get("hasta")) };
  }
  return {
    page: "day",
    day: date(said.get("dia")),
    route: text("ruta"),
    device: text("camion"),
    supervisor: text("supervisor"),
  };
}

/** The hash of a place, with only what is not as usual. */
export function hashOf(place: Place): string {
  switch (place.page) {
    case "map":
      return place.device === null ? "#/mapa" : `#/d/${encodeURIComponent(place.device)}`;
    case "air":
    case "noise": {
      const whose = place.station === null ? "" : `/${encodeURIComponent(place.station)}`;
      return `#/${PATHS[place.page]}${whose}${asked({ dias: place.days })}`;
    }
    case "anomalies": {
      const { show, device, days, anomaly, at_ms } = place;
      const ver = show === "unmarked" ? null : SHOWN[show];
      const which = anomaly === null ? "" : `/${anomaly}`;
      return `#/anomalias${which}${asked({ ver, equipo: device, dias: days, inicio: at_ms })}`;
    }
    case "alerts":
      return alertsHashOf(place);
    case "audit":
      return auditHashOf(place);
    case "admin":
      return adminHashOf(place);
    case "room":
      return roomHashOf(place);
    case "charts":
      return chartsHashOf(place);
    case "plates":
      return platesHashOf(place);
    case "run":
      return `#/rutas/corrida/${place.run}${asked({ rev: place.revision, bloque: place.block })}`;
    case "summary": {
      const { by, from, to } = place;
      return `#/rutas/resumen${asked({ por: WORDS[by], desde: from, hasta: to })}`;
    }
    case "day": {
      const { day, route, device, supervisor } = place;
      return `#/rutas${asked({ dia: day, ruta: route, camion: device, supervisor })}`;
    }
  }
}

function asked(values: Record<string, string | number | null>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `?${text}` : "";
}
