/** Where in the audit an address leads, and back. Pure. */

export interface AuditPlace {
  page: "audit";
  actor: string;
  /** Its beginning, such as `plate.`. */
  action: string;
  object: string;
  /** YYYY-MM-DD, local, both included; null: no bound. */
  from: string | null;
  to: string | null;
}

export const AUDIT: AuditPlace = { page: "audit", actor: "", action: "", object: "", from: null, to: null };

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const date = (text: string | null): string | null => (text && DATE.test(text) ? text : null);

export function auditPlaceOf(said: URLSearchParams): AuditPlace {
  const text = (name: string): string => said.get(name) ?? "";
  return {
    page: "audit",
    actor: text("quien"),
    action: text("accion"),
    object: text("objeto"),
    from: date(said.get("desde")),
    to: date(said.get("hasta")),
  };
}

export function auditHashOf({ actor, action, object, from, to }: AuditPlace): string {
  const query = new URLSearchParams();
  const values = { quien: actor, accion: action, objeto: object, desde: from ?? "", hasta: to ?? "" };
  for (const [name, value] of Object.entries(values)) if (value) query.set(name, value);
  const said = query.toString();
  return `#/auditoria${said ? `?${said}` : ""}`;
}
