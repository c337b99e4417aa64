/** Reasons for doubt: bits in the live feed, names in answers. Mirrors core/quality.py. */

export const FLAGS = [
  ...(["range", "jump", "late", "stuck", "seq_back", "clock"] as const),
  ...(["spike", "drift", "step"] as const),
] as const;
export type Flag = (typeof FLAGS)[number];

/** A value with one of these is never shown as a number. */
const UNBELIEVABLE: ReadonlySet<string> = new Set(["range", "jump", "stuck", "spike", "drift", "step"]);

export function flagNames(bits: number): Flag[] {
  return FLAGS.filter((_, bit) => bits & (1 << bit));
}

export function unbelievable(flags: readonly string[]): boolean {
  return flags.some((flag) => UNBELIEVABLE.has(flag));
}
