/** Public alerts and what was told outside of the room, over HTTP, typed. */

import { json } from "../api";
import type { components } from "../openapi";

type Schemas = components["schemas"];
export type Alert = Schemas["AlertAnswer"];
export type Order = Schemas["AlertOrder"];
export type Document = Schemas["Draft"];
export type Notification = Schemas["NotificationAnswer"];

export const alerts = async (signal?: AbortSignal): Promise<Alert[]> =>
  (await json<{ alerts: Alert[] }>("/alerts?limit=100", { signal })).alerts;

export const draft = (order: Order): Promise<Alert> => json("/alerts", { method: "POST", body: order });

export const approve = (id: number): Promise<Alert> => json(`/alerts/${id}/approve`, { method: "POST" });

export const reject = (id: number, reason: string): Promise<Alert> =>
  json(`/alerts/${id}/reject`, { method: "POST", body: { reason } });

/** Drafts the message that takes a published one back. */
export const cancel = (id: number, reason: string): Promise<Alert> =>
  json(`/alerts/${id}/cancel`, { method: "POST", body: { reason } });

export const xmlUrl = (id: number): string => `/api/alerts/${id}/cap.xml`;

export const notifications = async (signal?: AbortSignal): Promise<Notification[]> =>
  (await json<{ notifications: Notification[] }>("/notifications?limit=100", { signal })).notifications;

export const retry = (id: number): Promise<Notification> => json(`/notifications/${id}/retry`, { method: "POST" });
