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
