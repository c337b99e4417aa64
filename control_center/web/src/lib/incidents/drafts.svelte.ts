/** What was typed and not yet kept, by person and by what it is about. It outlives a look at something else,
 * a refusal, and an ended session; a reload forgets it. */

import { session } from "../session.svelte";

export class Draft {
  text = $state("");
  /** A second choice, such as a role, a unit or an answer. */
  choice = $state("");
  open = $state(false);
  /** The version that was looked at when it was begun; null: not begun. */
  version: number | null = null;
  /** Makes it once, however often it is sent. */
  key = crypto.randomUUID();

  /** Done with: what comes next is another. */
  clear(): void {
    this.text = "";
    this.choice = "";
    this.open = false;
    this.version = null;
    this.key = crypto.randomUUID();
  }
}

const drafts = new Map<string, Draft>();

/** The draft about something, such as `incident 7 comment`. */
export function draftOf(what: string): Draft {
  const key = `${session.user?.username ?? ""} ${what}`;
  const known = drafts.get(key);
  if (known) return known;
  const made = new Draft();
  drafts.set(key, made);
  return made;
}
