/** The control center's HTTP interface, typed. Every refusal is a `Problem` that says what to do.
 *
 * The session lives in an HttpOnly cookie; the CSRF token that goes with it is
 * kept here, in memory only. A 401 anywhere but at login calls `onExpired` once,
 * so the page can ask for the password without losing its place.
 */

import type {
  Command,
  Config,
  Credential,
  DeviceDetail,
  PastEvent,
  Reject,
  Series,
  Session,
  Snapshot,
  Stats,
  Track,
} from "./types";

export class Problem extends Error {
  constructor(
    /** 0 when the server did not answer at all. */
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly retryAfter_s: number | null = null,
    /** The code of what was refused, such as `stale`; empty: none was said. */
    readonly code: string = "",
    /** Of what somebody else changed first: as it is now. */
    readonly current: unknown = null,
  ) {
    super(detail || title);
  }
}

let csrf = "";
let expired: () => void = () => undefined;

/** Ask to be told when the session has ended under our feet. */
export function onExpired(callback: () => void): void {
  expired = callback;
}

interface Options {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, under its own media type. */
  raw?: Blob;
  signal?: AbortSignal | undefined;
  /** A 401 here is an answer, not an ended session. */
  anonymous?: boolean;
}

async function refuse(response: Response): Promise<Problem> {
  const retry = Number(response.headers.get("Retry-After"));
  const body: unknown = await response.json().catch(() => null);
  const said = (body ?? {}) as { type?: unknown; title?: unknown; detail?: unknown; current?: unknown };
  return new Problem(
    response.status,
    typeof said.title === "string" ? said.title : response.statusText,
    typeof said.detail === "string" ? said.detail : "",
    Number.isFinite(retry) && retry > 0 ? retry : null,
    typeof said.type === "string" ? said.type.replace("urn:c5:problem:", "") : "",
    said.current ?? null,
  );
}

/** One exchange; network failures become a Problem with status 0. */
export async function request(path: string, options: Options = {}): Promise<Response> {
  const method = options.method ?? "GET";
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-C5-CSRF"] = csrf;
  const body = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  if (body !== undefined) headers["Content-Type"] = options.raw?.type || "application/json";
  let response: Response;
  try {
    response = await fetch(`/api${path}`, {
      method,
      headers,
      credentials: "same-origin",
      cache: "no-store",
      ...(body === undefined ? {} : { body }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new Problem(0, "unreachable", "");
  }
  if (response.ok) return response;
  if (response.status === 401 && !options.anonymous) expired();
  throw await refuse(response);
}

/** One exchange whose answer is JSON. */
export async function json<T>(path: string, options: Options = {}): Promise<T> {
  return (await (await request(path, options)).json()) as T;
}

const device = (id: string): string => `/devices/${encodeURIComponent(id)}`;

/** Keep a session's CSRF token for what follows. */
export function keep(session: Session): Session {
  csrf = session.csrf;
  return session;
}

export const login = async (username: string, password: string): Promise<Session> =>
  keep(
    await json<Session>("/session", {
      method: "POST",
      body: { username, password },
      anonymous: true,
    }),
  );

export const session = async (): Promise<Session> =>
  keep(await json<Session>("/session", { anonymous: true }));

export const logout = async (): Promise<void> => {
  await request("/session", { method: "DELETE", anonymous: true });
};

export const config = (): Promise<Config> => json("/config");
export const city = (): Promise<GeoJSON.FeatureCollection> => json("/city.geojson");
export const devices = (): Promise<Snapshot> => json("/devices");
export const stats = (signal?: AbortSignal): Promise<Stats> => json("/stats", { signal });

export const rejects = async (signal?: AbortSignal): Promise<Reject[]> =>
  (await json<{ rejects: Reject[] }>("/rejects?limit=100", { signal })).rejects;

/** What happened since a time, newest first; the newest 200 of it. */
export const events = async (from_ms: number, signal?: AbortSignal): Promise<PastEvent[]> => {
  const from = new Date(from_ms).toISOString();
  return (await json<{ events: PastEvent[] }>(`/events?limit=200&from=${from}`, { signal })).events;
};

export const detail = (id: string, signal?: AbortSignal): Promise<DeviceDetail> =>
  json(device(id), { signal });

export interface Window {
  from_ms: number;
  to_ms: number;
}

const between = ({ from_ms, to_ms }: Window): string =>
  `from=${new Date(from_ms).toISOString()}&to=${new Date(to_ms).toISOString()}`;

export const series = (
  id: string,
  metric: string,
  window: Window,
  points: number,
  signal?: AbortSignal,
): Promise<Series> =>
  json(
    `${device(id)}/series?metric=${encodeURIComponent(metric)}&${between(window)}&points=${points}`,
    { signal },
  );

export const track = (id: string, window: Window, signal?: AbortSignal): Promise<Track> =>
  json(`${device(id)}/track?${between(window)}`, { signal });

export const commands = async (id: string, signal?: AbortSignal): Promise<Command[]> =>
  (await json<{ commands: Command[] }>(`${device(id)}/commands`, { signal })).commands;

export const command = (id: string, name: string): Promise<{ id: string }> =>
  json(`${device(id)}/commands`, { method: "POST", body: { name } });

export const approve = (id: string): Promise<Credential> =>
  json(`${device(id)}/approve`, { method: "POST" });

export const revoke = async (id: string): Promise<void> => {
  await request(`${device(id)}/revoke`, { method: "POST" });
};
