/** Who is looking, and which city at. Everything else may count on `config` once `phase` is ready. */

import { showCode } from "./admin/api";
import { forget } from "./alerts/drafts";
import * as api from "./api";
import { Problem } from "./api";
import { live } from "./live.svelte";
import { t } from "./prefs.svelte";
import type { Config, Right, Session, User } from "./types";

export type Phase = "starting" | "login" | "ready" | "failed";

class SessionState {
  phase = $state<Phase>("starting");
  /** Ended while in use: the page stays, with the login over it. */
  expired = $state(false);
  user = $state.raw<User | null>(null);
  config = $state.raw<Config | null>(null);
  failure = $state("");
  /** What has to be shown or set up before anything else; null: nothing. */
  factor = $state<"code" | "enrol" | null>(null);
  has_factor = $state(false);
  elsewhere = $state(false);

  /** Go on with the cookie this browser has, or ask for a password. */
  async resume(): Promise<void> {
    api.onExpired(() => this.#expire());
    try {
      await this.#enter(await api.session());
    } catch (cause) {
      if (cause instanceof Problem && cause.status === 401) this.phase = "login";
      else this.#fail(cause);
    }
  }

  async login(username: string, password: string): Promise<void> {
    await this.#enter(await api.login(username, password));
  }

  /** Show the second factor. */
  async showCode(code: string): Promise<void> {
    await this.#enter(await showCode(code));
  }

  /** Ask again how this session stands. */
  async renew(): Promise<void> {
    this.#know(await api.session());
  }

  async logout(): Promise<void> {
    live.stop();
    await api.logout().catch(() => undefined);
    forget(this.user?.username ?? "");
    location.reload(); // leaves nothing of this operator in memory
  }

  /** Whether this operator may; the server decides again. */
  may(right: Right): boolean {
    return this.user?.rights.includes(right) ?? false;
  }

  #know({ user, second_factor, elsewhere }: Session): void {
    this.user = user;
    this.factor = second_factor === "code" || second_factor === "enrol" ? second_factor : null;
    this.has_factor = second_factor === "passed";
    this.elsewhere = elsewhere;
  }

  async #enter(found: Session): Promise<void> {
    this.#know(found);
    if (this.factor) {
      if (this.phase !== "ready") this.phase = "login";
      return;
    }
    try {
      this.config ??= await api.config();
    } catch (cause) {
      this.#fail(cause);
      return;
    }
    document.title = `C5 · ${this.config.city.name}`;
    this.phase = "ready";
    this.expired = false;
    live.start();
  }

  #expire(): void {
    if (this.phase !== "ready") return;
    this.expired = true;
    live.stop();
  }

  #fail(cause: unknown): void {
    this.failure = explain(cause);
    this.phase = "failed";
  }
}

export const session = new SessionState();

/** A refusal in the operator's words: what happened and what to do. */
export function explain(cause: unknown): string {
  if (!(cause instanceof Problem)) return String(cause);
  if (cause.status === 0) return t("fail.unreachable");
  if (cause.status === 403) return t("fail.forbidden");
  if (cause.status === 404) return t("fail.missing");
  return t("fail.other", { status: cause.status, why: cause.detail || cause.title });
}
