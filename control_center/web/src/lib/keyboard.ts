/** Single-key shortcuts: off while typing, with a modifier, or when the operator switched them off. */

export interface Shortcut {
  key: string;
  run: () => void;
}

const TYPING = "input, select, textarea, [contenteditable]";

/** The shortcut a key press means, if any. */
export function shortcutFor(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "target">,
  shortcuts: readonly Shortcut[],
): Shortcut | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const target = event.target as Partial<Element> | null;
  if (target?.closest?.(TYPING)) return null;
  return shortcuts.find(({ key }) => key === event.key) ?? null;
}

/** Whether a click in a row is meant for the row: not where it was on something in it, or selected text. */
export function onRow(event: MouseEvent): boolean {
  return !(event.target as Element).closest("a, button") && !getSelection()?.toString();
}

/** In a table whose rows hold a link each, up and down go from one to the next. */
export function rowsByArrow(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const links = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("tbody a")];
  const at = links.indexOf(document.activeElement as HTMLElement);
  if (at < 0) return;
  event.preventDefault();
  links[Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
}
