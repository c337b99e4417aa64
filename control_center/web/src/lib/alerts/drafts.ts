/** The alert that a person is writing, kept in this tab of the browser: it outlives another page, an ended session and
 * a reload. It goes when it is sent or discarded, and when its writer logs out. */

import type { Document } from "./api";

export interface Written {
  words: Omit<Document, "circle" | "polygon" | "expires_at">;
  incident: number | null;
  /** "": not said yet. Nobody is asked to undo a choice that they did not make. */
  what: "drill" | "actual" | "";
  hours: number;
  radius_km: number | null;
}

export interface Kept {
  at_ms: number;
  written: Written;
}

export const blank = (incident: number | null): Written => ({
  words: {
    category: "Safety",
    urgency: "Immediate",
    severity: "Severe",
    certainty: "Observed",
    event_es: "",
    event_en: "",
    headline_es: "",
    headline_en: "",
    description_es: "",
    description_en: "",
    instruction_es: "",
    instruction_en: "",
    area: "",
  },
  incident,
  what: "",
  hours: 2,
  radius_km: 1,
});

/** Changes with the shape of what is kept: an older page's text is not read as this one's. */
const keyOf = (username: string): string => `c5.alert.1.${username}`;

/** What was kept as text; null: nothing, or nothing that this page could go on with. Pure. */
export function parsed(text: string | null): Kept | null {
  try {
    const kept = JSON.parse(text ?? "null") as Kept | null;
    const words: Record<string, unknown> | undefined = kept?.written.words;
    const whole = words && Object.keys(blank(null).words).every((name) => typeof words[name] === "string");
    return whole && Number.isFinite(kept?.at_ms) ? kept : null;
  } catch {
    return null;
  }
}

/** Whether there is anything that it would be a pity to lose. Pure. */
export function begun({ words }: Written): boolean {
  const { category, urgency, severity, certainty, ...typed } = words;
  return Object.values(typed).some((text) => text?.trim());
}

export function recall(username: string): Kept | null {
  try {
    return parsed(sessionStorage.getItem(keyOf(username)));
  } catch {
    return null;
  }
}

export function forget(username: string): void {
  try {
    sessionStorage.removeItem(keyOf(username));
  } catch {
    // the browser keeps nothing: there is nothing to forget
  }
}

export function keep(username: string, kept: Kept): void {
  if (!begun(kept.written)) return forget(username);
  try {
    sessionStorage.setItem(keyOf(username), JSON.stringify(kept));
  } catch {
    // not allowed or full: the text lasts as long as the form
  }
}
