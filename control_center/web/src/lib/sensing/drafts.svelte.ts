/** What is typed about an instrument and not yet kept, by person and station. It outlives a look at something
 * else, a refusal, and an ended session; a reload forgets it. */

import { session } from "../session.svelte";
import type { TypedCalibration, TypedVisit } from "./calibration";

export class CalibrationDraft implements TypedCalibration {
  open = $state(false);
  metric = $state("");
  gain = $state("1");
  offset = $state("0");
  from = $state("");
  to = $state("");
  note = $state("");
}

export class VisitDraft implements TypedVisit {
  open = $state(false);
  at = $state("");
  note = $state("");
}

/** Both drafts about one station. */
export class InstrumentDrafts {
  calibration = $state.raw(new CalibrationDraft());
  visit = $state.raw(new VisitDraft());
}

const drafts = new Map<string, InstrumentDrafts>();

export function draftsOf(device: string): InstrumentDrafts {
  const key = `${session.user?.username ?? ""} ${device}`;
  const known = drafts.get(key);
  if (known) return known;
  const made = new InstrumentDrafts();
  drafts.set(key, made);
  return made;
}
