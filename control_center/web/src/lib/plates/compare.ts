/** Two plates character by character, and whether one may be sought as it was typed. Pure. */

export interface Character {
  text: string;
  differs: boolean;
}

const SEPARATOR = /[\s\-.·_/]/;
/** Letters, digits, and ? for any one of them. */
const SOUGHT = /^[\p{L}\p{N}?]+$/u;

/** The letters and digits alone, in capitals. */
export const bare = (plate: string): string =>
  [...plate.toUpperCase()].filter((one) => !SEPARATOR.test(one)).join("");

/** Each character, and whether it is one of those that differ; separators count for nothing. */
export function marked(plate: string, differs: readonly number[]): Character[] {
  let at = -1;
  return [...plate].map((text) => {
    if (SEPARATOR.test(text)) return { text, differs: false };
    at += 1;
    return { text, differs: differs.includes(at) };
  });
}

/** Where two plates differ, from 0; a longer one differs in all it has more. */
export function differences(one: string, other: string): number[] {
  const [a, b] = [[...bare(one)], [...bare(other)]];
  return Array.from({ length: Math.max(a.length, b.length) }, (_, at) => at).filter((at) => a[at] !== b[at]);
}

/** The pairs that differ: position from 1, as read, as sought; "–" where one has none. */
export function pairs(read: string, sought: string, differs: readonly number[]): [number, string, string][] {
  const [a, b] = [bare(read), bare(sought)];
  return differs.map((at) => [at + 1, a[at] ?? "–", b[at] ?? "–"]);
}

export type PlateFault = "empty" | "characters" | "length" | "vague";

const [LEAST, MOST, MOST_OPEN] = [3, 12, 2];

/** Why a plate cannot be sought; null: it can. The server decides again. */
export function plateFault(typed: string): PlateFault | null {
  const plate = bare(typed);
  if (!plate) return "empty";
  if (!SOUGHT.test(plate)) return "characters";
  if (plate.length < LEAST || plate.length > MOST) return "length";
  return plate.split("?").length - 1 > MOST_OPEN ? "vague" : null;
}
