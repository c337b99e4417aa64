/** What this operator chose on this machine: language, theme, shortcuts, width of the list.
 *
 * Remembered in localStorage when the browser allows it; nothing depends on it.
 */

import { en } from "./i18n/en";
import { es, type Key } from "./i18n/es";

export type Language = "es" | "en";
export type Theme = "dark" | "light";

function recall(name: string): string | null {
  try {
    return localStorage.getItem(`c5.${name}`);
  } catch {
    return null;
  }
}

function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`c5.${name}`, value);
  } catch {
    // private mode: the choice lasts as long as the page
  }
}

const LOCALES: Record<Language, string> = { es: "es-MX", en: "en-GB" };

class Prefs {
  language = $state<Language>(recall("language") === "en" ? "en" : "es");
  theme = $state<Theme>(recall("theme") === "light" ? "light" : "dark");
  shortcuts = $state(recall("shortcuts") !== "off");
  /** Shown unless switched off; on a phone, hidden unless switched on. */
  legend = $state((recall("legend") ?? (innerWidth > 760 ? "on" : "off")) === "on");
  /** Width of the list, percent of the window; null: as fits the screen. */
  list_pct = $state<number | null>(Number(recall("list_pct")) || null);

  get locale(): string {
    return LOCALES[this.language];
  }

  setLanguage(language: Language): void {
    this.language = language;
    document.documentElement.lang = this.locale;
    remember("language", language);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    document.documentElement.dataset["theme"] = theme;
    remember("theme", theme);
  }

  setShortcuts(on: boolean): void {
    this.shortcuts = on;
    remember("shortcuts", on ? "on" : "off");
  }

  setLegend(on: boolean): void {
    this.legend = on;
    remember("legend", on ? "on" : "off");
  }

  setList(pct: number): void {
    this.list_pct = Math.min(60, Math.max(24, pct));
    remember("list_pct", String(this.list_pct));
  }
}

export const prefs = new Prefs();

/** Put the remembered choices on the page; once, before anything is drawn. */
export function applyPrefs(): void {
  document.documentElement.lang = prefs.locale;
  document.documentElement.dataset["theme"] = prefs.theme;
}

export function fill(text: string, args: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(args[name] ?? whole));
}

/** The operator's words for `key`, in the language chosen. */
export function t(key: Key, args: Record<string, string | number> = {}): string {
  return fill((prefs.language === "es" ? es : en)[key], args);
}

/** Whether there are words for a key made at run time. */
export const has = (key: string): key is Key => key in es;
