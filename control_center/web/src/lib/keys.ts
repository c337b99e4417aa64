/** One key, one deed: whether a press is a shortcut here, and doing it. */

import { type Shortcut, shortcutFor } from "./keyboard";
import { prefs } from "./prefs.svelte";

/** Do what a key press means; nothing while a dialog is open or shortcuts are off. */
export function press(event: KeyboardEvent, shortcuts: readonly Shortcut[]): void {
  if (event.defaultPrevented || !prefs.shortcuts || document.querySelector("dialog[open]")) return;
  const shortcut = shortcutFor(event, shortcuts);
  if (!shortcut) return;
  event.preventDefault();
  shortcut.run();
}
