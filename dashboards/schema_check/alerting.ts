/**
 * What Grafana's alerting provisioning API takes, as its HTTP API's description has it
 * (ProvisionedAlertRule, EmbeddedContactPoint, Route); @grafana/schema holds none of these. Queries
 * inside a rule are the schema's own.
 */
import type { DataQuery } from "@grafana/schema";

export interface Rule {
  annotations?: Record<string, string>;
  condition: string;
  data: AlertQuery[];
  execErrState: "OK" | "Alerting" | "Error";
  folderUID: string;
  for: `${number}${"s" | "m" | "h" | "d"}`;
  id?: number;
  isPaused?: boolean;
  keep_firing_for?: string;
  labels?: Record<string, string>;
  noDataState: "Alerting" | "NoData" | "OK";
  orgID: number;
  provenance?: string;
  ruleGroup: string;
  title: string;
  uid?: string;
}

export interface AlertQuery {
  datasourceUid: string;
  model: PostgresQuery | ThresholdQuery;
  queryType?: string;
  refId: string;
  relativeTimeRange: { from: number; to: number };
}

export interface PostgresQuery extends DataQuery {
  editorMode: "code" | "builder";
  format: "table" | "time_series";
  rawQuery: boolean;
  rawSql: string;
}

export interface ThresholdQuery extends DataQuery {
  conditions: { evaluator: { params: number[]; type: "gt" | "lt" | "within_range" | "outside_range" } }[];
  expression: string;
  type: "threshold";
}

export interface ContactPoint {
  disableResolveMessage?: boolean;
  name: string;
  provenance?: string;
  settings: { addresses: string; singleEmail: boolean };
  type: "email";
  uid: string;
}

export interface Policy {
  continue?: boolean;
  group_by?: string[];
  group_interval?: string;
  group_wait?: string;
  object_matchers?: [string, "=" | "!=" | "=~" | "!~", string][];
  receiver?: string;
  repeat_interval?: string;
  routes?: Policy[];
}
