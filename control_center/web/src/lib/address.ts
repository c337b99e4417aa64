/** Where in the application an address leads, and back: pages live after the #, so a reload or a link keeps them. Pure. */

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

export type Place = MapPlace | DayPlace | SummaryPlace | RunPlace;

export const BYS: readonly By[] = ["truck", "route", "supervisor", "week", "day"];
export const DAY: DayPlace = { page: "day", day: null, route: "", device: "", supervisor: "" };
export const SUMMARY: SummaryPlace = { page: "summary", by: "truck", from: null, to: null };

const WORDS: Record<By, string> = {
  truck: "camion",
  route: "ruta",
  supervisor: "supervisor",
  week: "semana",
  day: "dia",
};
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
