/**
 * A type as its JSON: enumerations of words are the words themselves.
 *
 * Everything else stays as the schema has it, so that a field it does not know is refused.
 */
export type Json<T> = unknown extends T
  ? T
  : T extends string
    ? `${T}`
    : T extends number | boolean | null | undefined
      ? T
      : T extends readonly (infer U)[]
        ? Json<U>[]
        : T extends object
          ? { [K in keyof T]: Json<T[K]> }
          : T;
