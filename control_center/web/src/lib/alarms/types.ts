/** Alarms and incidents as the control center's own description names them. */

import type { components } from "../openapi";

type Schemas = components["schemas"];

export type Severity = Schemas["Severity"];
export type Alarm = Schemas["AlarmAnswer"];
export type AlarmDetail = Schemas["AlarmDetail"];
export type AlarmComment = Schemas["CommentAnswer"];
export type Alarms = Schemas["Alarms"];
export type Incident = Schemas["IncidentAnswer"];
export type Incidents = Schemas["Incidents"];

/** The gravest first. */
export const SEVERITIES: readonly Severity[] = ["CRITICAL", "MAJOR", "MINOR", "WARNING", "INDETERMINATE"];

export const rankOf = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** Outlines in a 24 × 24 box: each grave in a shape of its own, so that no colour is needed. */
export const SEVERITY_SHAPES: Record<Severity, string> = {
  CRITICAL: "M8 2h8l6 6v8l-6 6H8l-6-6V8z",
  MAJOR: "M12 2.5L22.5 21h-21z",
  MINOR: "M12 1.5L22.5 12L12 22.5L1.5 12z",
  WARNING: "M12 3a9 9 0 1 1 0 18a9 9 0 1 1 0-18z",
  INDETERMINATE: "M4 4h16v16H4z",
};

/** What is drawn within; with the outline it is never alike. */
export const SEVERITY_SIGNS: Record<Severity, string> = {
  CRITICAL: "M12 6.5v7M12 17v.2",
  MAJOR: "M12 9.5v5M12 17.6v.2",
  MINOR: "M8 12h8",
  WARNING: "M12 8v4.5M12 15.8v.2",
  INDETERMINATE: "M9.5 9.6a2.6 2.6 0 1 1 3.6 2.4c-.8.4-1.1.9-1.1 1.8M12 16.8v.2",
};
