/** Where in the control room's pages an address leads, and back. Pure. */

export type RoomView = "desk" | "incident" | "shift" | "rules" | "wall" | "replay" | "today";

export interface RoomPlace {
  page: "room";
  view: RoomView;
  /** The incident that is open, or whose time is replayed. */
  incident: number | null;
  /** The rule that is open; "" : a new one. */
  rule: string | null;
  /** The window that is replayed, epoch ms. */
  from_ms: number | null;
  to_ms: number | null;
}

export const ROOM: RoomPlace = {
  page: "room",
  view: "desk",
  incident: null,
  rule: null,
  from_ms: null,
  to_ms: null,
};

/** In the order of the navigation; an incident has no entry of its own. */
export const ROOM_VIEWS: readonly RoomView[] = ["desk", "shift", "today", "replay", "rules", "wall"];

const PATHS: Record<Exclude<RoomView, "incident" | "desk">, string> = {
  shift: "turno",
  today: "indicadores",
  replay: "repeticion",
  rules: "reglas",
  wall: "muro",
};

const count = (text: string | null | undefined): number | null =>
  text && /^\d{1,15}$/.test(text) ? Number(text) : null;

/** The place that a path's first to third part and its query name. */
export function roomPlaceOf(first: string, second: string, third: string, said: URLSearchParams): RoomPlace {
  if (first === "incidentes") {
    const incident = count(second);
    return incident === null ? ROOM : { ...ROOM, view: "incident", incident };
  }
  const view = ROOM_VIEWS.find((one) => one in PATHS && PATHS[one as keyof typeof PATHS] === second) ?? "desk";
  if (view === "rules") return { ...ROOM, view, rule: third || (said.has("nueva") ? "" : null) };
  if (view !== "replay") return { ...ROOM, view };
  return {
    ...ROOM,
    view,
    incident: count(said.get("incidente")),
    from_ms: count(said.get("desde")),
    to_ms: count(said.get("hasta")),
  };
}

/** Its path and query, with only what is not as usual. */
export function roomHashOf({ view, incident, rule, from_ms, to_ms }: RoomPlace): string {
  if (view === "incident") return incident === null ? "#/sala" : `#/incidentes/${incident}`;
  if (view === "desk") return "#/sala";
  const which = view === "rules" && rule ? `/${encodeURIComponent(rule)}` : "";
  const query = new URLSearchParams();
  if (view === "replay") {
    if (from_ms !== null) query.set("desde", String(from_ms));
    if (to_ms !== null) query.set("hasta", String(to_ms));
    if (incident !== null) query.set("incidente", String(incident));
  }
  if (view === "rules" && rule === "") query.set("nueva", "1");
  const said = query.toString();
  return `#/sala/${PATHS[view]}${which}${said ? `?${said}` : ""}`;
}
