/** Accounts, second factors, sessions and tokens over HTTP, typed. */

import { json, keep, request } from "../api";
import type { components } from "../openapi";
import type { Session } from "../types";

type Schemas = components["schemas"];
export type Person = Schemas["AccountAnswer"];
export type PersonOrder = Schemas["PersonOrder"];
export type PersonChange = Partial<Pick<Schemas["PersonChange"], "name" | "role" | "disabled">>;
export type Password = Schemas["PasswordMade"];
export type OpenSession = Schemas["OpenSession"];
export type Token = Schemas["TokenListed"];
export type TokenOrder = Schemas["TokenOrder"];
export type NewToken = Schemas["TokenMade"];
export type Begun = Schemas["FactorBegun"];
export type Ways = Schemas["Ways"];

const one = (username: string): string => `/people/${encodeURIComponent(username)}`;
const post = <T>(path: string, body?: unknown): Promise<T> => json(path, { method: "POST", body });
async function remove(path: string): Promise<void> {
  await request(path, { method: "DELETE" });
}

export const ways = (): Promise<Ways> => json("/session/ways", { anonymous: true });

export const people = async (signal?: AbortSignal): Promise<Person[]> =>
  (await json<{ people: Person[] }>("/people", { signal })).people;
export const add = (order: PersonOrder): Promise<Password> => post("/people", order);
export const change = (username: string, body: PersonChange): Promise<Person> =>
  json(one(username), { method: "PATCH", body });
export const resetPassword = (username: string): Promise<Password> => post(`${one(username)}/password`);
export const resetFactor = (username: string): Promise<void> => remove(`${one(username)}/second-factor`);
export const endSessions = (username: string): Promise<void> => remove(`${one(username)}/sessions`);

export const sessions = async (signal?: AbortSignal): Promise<OpenSession[]> =>
  (await json<{ sessions: OpenSession[] }>("/session/all", { signal })).sessions;
export const endSession = (id: number): Promise<void> => remove(`/session/all/${id}`);
export const endOthers = (): Promise<void> => remove("/session/all");

export const tokens = async (signal?: AbortSignal): Promise<Token[]> =>
  (await json<{ tokens: Token[] }>("/session/tokens", { signal })).tokens;
export const makeToken = (order: TokenOrder): Promise<NewToken> => post("/session/tokens", order);
export const revokeToken = (id: number): Promise<void> => remove(`/session/tokens/${id}`);

export const showCode = async (code: string): Promise<Session> =>
  keep(await post<Session>("/session/second-factor", { code }));
export const beginFactor = (): Promise<Begun> => post("/session/second-factor/begin");
export const confirmFactor = async (code: string): Promise<string[]> =>
  (await post<{ recovery_codes: string[] }>("/session/second-factor/confirm", { code })).recovery_codes;
export async function removeFactor(code: string): Promise<void> {
  await request("/session/second-factor/remove", { method: "POST", body: { code } });
}
export async function changePassword(old: string, next: string): Promise<void> {
  await request("/session/password", { method: "POST", body: { old, new: next }, anonymous: true });
}
