/** One incident with all that belongs to it, as the control center's own description names it. */

import type { components } from "../openapi";

type Schemas = components["schemas"];

export type Detail = Schemas["IncidentDetail"];
export type LogEntry = Schemas["LogEntry"];
export type Sop = Schemas["SopAnswer"];
export type Step = Schemas["SopStep"];
export type Unit = Schemas["UnitAnswer"];
export type NearUnit = Schemas["NearUnit"];
export type Kept = Schemas["FileAnswer"];
export type Link = Schemas["LinkAnswer"];
export type Person = Schemas["Person"];
export type State = Detail["state"];
export type Action = Schemas["Action"];
export type Relation = Schemas["ActionOrder"]["relation"];

/** What is done, besides to which incident and as of when. */
export interface Order {
  action: Action;
  text?: string;
  device_id?: string;
  incident_id?: number;
  relation?: "related" | "duplicate" | "cause";
  step_id?: string;
  answer?: string;
  to_role?: string;
}

/** The way an incident goes; a false one leaves it. */
export const WAY: readonly State[] = ["new", "acknowledged", "dispatched", "on_scene", "resolved", "closed"];
