/** What was typed and not yet kept, by person and by what it is about. It outlives a look at something else,
 * a refusal, and an ended session; a reload forgets it. */

import { session } from "../session.svelte";

/** A decision about a hit. */
export class Draft {
  answer = $state<boolean | null>(null);
  reason = $state("");
  /** The picture was looked at, or known to be missing. */
  looked = $state(false);
  failure = $state("");
  busy = $state(false);
}

/** A search. */
export class Asking {
  plate = $state("");
  purpose = $state("");
  case_number = $state("");
  from = $state("");
  to = $state("");
}

const drafts = new Map<string, Draft>();
const askings = new Map<string, Asking>();

const who = (): string => session.user?.username ?? "";

function kept<T>(found: Map<string, T>, key: string, make: () => T): T {
  const known = found.get(key);
  if (known) return known;
  const made = make();
  found.set(key, made);
  return made;
}

export const draftOf = (hit: number): Draft => kept(drafts, `${who()} ${hit}`, () => new Draft());
export const forget = (hit: number): boolean => drafts.delete(`${who()} ${hit}`);
export const asking = (): Asking => kept(askings, who(), () => new Asking());
