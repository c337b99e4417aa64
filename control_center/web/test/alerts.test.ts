import { describe, expect, it } from "vitest";

import { begun, blank, type Kept, parsed } from "../src/lib/alerts/drafts";

const kept = (said: Partial<Kept["written"]["words"]> = {}): Kept => {
  const written = blank(3);
  return { at_ms: 1_767_225_600_000, written: { ...written, words: { ...written.words, ...said } } };
};

describe("an alert that is being written", () => {
  it("is read as it was kept", () => {
    const one = kept({ headline_es: "Fuga <b>grave</b>" });
    expect(parsed(JSON.stringify(one))).toEqual(one);
  });

  it.each([
    null,
    "",
    "{",
    "null",
    "7",
    "[]",
    "{}",
    JSON.stringify({ ...kept(), at_ms: "hoy" }),
    JSON.stringify({ at_ms: 1, written: { words: { area: "Malecón" } } }),
    JSON.stringify({ at_ms: 1, written: { words: { ...kept().written.words, area: null } } }),
  ])("is nothing when %s was kept", (text) => expect(parsed(text)).toBeNull());

  it("is worth keeping from its first word", () => {
    expect(begun(kept().written)).toBe(false);
    expect(begun(kept({ area: " " }).written)).toBe(false);
    expect(begun(kept({ severity: "Minor" }).written)).toBe(false);
    expect(begun(kept({ area: "M" }).written)).toBe(true);
    expect(begun(kept({ instruction_en: "Leave" }).written)).toBe(true);
  });
});
