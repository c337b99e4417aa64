/** Rows by number, each in the newest version that was heard of: whatever comes twice, late or out of order.
 *
 * A row that is over leaves, and its version is remembered, so that an older word does not bring it
 * back. A fresh list replaces what is there, but not what came while it was asked for. Pure.
 */

export interface Row {
  version: number;
}

export type Took = "new" | "newer" | "old" | "over";

const REMEMBERED = 5_000;

export class Shelf<T extends Row> {
  #rows = new Map<number, T>();
  /** Versions of what left. */
  #over = new Map<number, number>();
  /** What was heard since a list was asked for; null: none is. */
  #since: Set<number> | null = null;

  constructor(
    readonly idOf: (row: T) => number,
    readonly isOver: (row: T) => boolean,
    /** More than so many are not kept; the least important, by this order, leave first. */
    readonly most: number = Infinity,
    readonly order: (a: T, b: T) => number = () => 0,
  ) {}

  get size(): number {
    return this.#rows.size;
  }

  get(id: number): T | undefined {
    return this.#rows.get(id);
  }

  all(): T[] {
    return [...this.#rows.values()];
  }

  /** Take one row; answers what it was. */
  take(row: T): Took {
    const id = this.idOf(row);
    this.#since?.add(id);
    const known = this.#rows.get(id);
    if ((known?.version ?? this.#over.get(id) ?? -1) >= row.version) return "old";
    if (this.isOver(row)) {
      this.#rows.delete(id);
      this.#bury(id, row.version);
      return "over";
    }
    this.#over.delete(id);
    this.#rows.set(id, row);
    if (!known) this.#bound();
    return known ? "newer" : "new";
  }

  /** A list is being asked for. */
  expect(): void {
    this.#since = new Set();
  }

  /** The list that was asked for; answers the rows that are new by it. `whole`: it left nothing out. */
  settle(rows: readonly T[], whole: boolean): T[] {
    const heard = this.#since ?? new Set<number>();
    const listed = new Set(rows.map(this.idOf));
    const fresh = rows.filter((row) => this.take(row) === "new");
    if (whole) {
      for (const id of this.#rows.keys()) if (!listed.has(id) && !heard.has(id)) this.#rows.delete(id);
    }
    this.#since = null;
    return fresh;
  }

  #bury(id: number, version: number): void {
    this.#over.delete(id);
    this.#over.set(id, version);
    if (this.#over.size > REMEMBERED) {
      for (const first of this.#over.keys()) {
        this.#over.delete(first);
        break;
      }
    }
  }

  #bound(): void {
    if (this.#rows.size <= this.most) return;
    const least = this.all().sort(this.order).slice(Math.floor(this.most * 0.9));
    for (const row of least) this.#rows.delete(this.idOf(row));
  }
}
