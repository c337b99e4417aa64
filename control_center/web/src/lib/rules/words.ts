/** A rule's fields and values in people's words; reads the language chosen. */

import type { Severity } from "../alarms/types";
import { severityName } from "../incidents/words";
import { has, t } from "../prefs.svelte";

const OWN = "severity_of.";

/** What a field is called; the path itself where there is no word. */
export function fieldName(path: string): string {
  if (path.startsWith(OWN)) return `${t("ru.bylist")}: ${path.slice(OWN.length)}`;
  const key = `ru.f.${path}`;
  return has(key) ? t(key) : path;
}

export const valueName = (value: string): string => (has(`sev.${value}`) ? severityName(value as Severity) : value);
