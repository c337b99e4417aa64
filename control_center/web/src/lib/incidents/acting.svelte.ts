/** Do something about an incident: once, as of what was seen, and told plainly when somebody was first. */

import { room } from "../alarms/room.svelte";
import type { Incident } from "../alarms/types";
import { Problem } from "../api";
import { ui } from "../ui.svelte";
import * as api from "./api";
import { Draft } from "./drafts.svelte";
import type { Order } from "./types";
import { actionName, explainRoom } from "./words";

export class Acting {
  busy = $state(false);
  failure = $state("");
  /** Somebody else changed it first: as it is now. */
  current = $state.raw<Incident | null>(null);

  /** Answers the incident as it then is; null: it was refused, and `failure` says why.
   *
   * A draft keeps its words and the version it was begun at until it is done; what a draft
   * decides on is what was seen when it was begun.
   */
  async act(incident: Incident, order: Order, draft: Draft = new Draft()): Promise<Incident | null> {
    if (this.busy) return null;
    this.busy = true;
    this.failure = "";
    try {
      const now = await this.#send(incident, order, draft);
      draft.clear();
      this.current = null;
      room.takeIncident(now);
      ui.say(actionName(order.action));
      return now;
    } catch (cause) {
      this.#refused(cause, draft);
      return null;
    } finally {
      this.busy = false;
    }
  }

  /** It was read: what is shown is what is decided on from now. */
  forget(): void {
    this.failure = "";
    this.current = null;
  }

  async #send(incident: Incident, order: Order, draft: Draft): Promise<Incident> {
    const version = draft.version ?? incident.version;
    try {
      return await api.act(incident.incident_id, version, draft.key, order);
    } catch (cause) {
      const current = stale(cause);
      // Words and a link take nothing from anybody: they are no conflict.
      if (current && (order.action === "comment" || order.action === "link")) {
        return api.act(incident.incident_id, current.version, draft.key, order);
      }
      throw cause;
    }
  }

  #refused(cause: unknown, draft: Draft): void {
    if (cause instanceof Problem && cause.status === 401) return;
    const current = stale(cause);
    if (current) {
      room.takeIncident(current);
      this.current = current;
      draft.version = current.version;
    }
    this.failure = explainRoom(cause);
  }
}

function stale(cause: unknown): Incident | null {
  if (!(cause instanceof Problem) || cause.code !== "stale") return null;
  const current = cause.current as Incident | null;
  return current && "incident_id" in current ? current : null;
}
