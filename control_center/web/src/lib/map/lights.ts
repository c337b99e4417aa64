/** Which of a run's blocks are chosen, pointed at, or done only later: what the map's style does not hold. */

import type { BaseMap } from "./base";

type Light = "chosen" | "hovered";

const SOURCE = "blocks";

export class Lights {
  #lit: Record<Light, string | null> = { chosen: null, hovered: null };
  #later: ReadonlySet<string> = new Set();

  constructor(readonly map: BaseMap) {}

  /** Light one block and no other; null: none. */
  light(name: Light, id: string | null): void {
    const before = this.#lit[name];
    this.#lit[name] = id;
    if (before !== null && before !== id) this.#set(before, { [name]: false });
    if (id !== null) this.#set(id, { [name]: true });
  }

  /** Make these blocks faint, and the others not. */
  age(later: ReadonlySet<string>): void {
    const before = this.#later;
    this.#later = later;
    for (const id of later) if (!before.has(id)) this.#set(id, { later: true });
    for (const id of before) if (!later.has(id)) this.#set(id, { later: false });
  }

  /** Say everything again: the style, or the blocks, are new. */
  restate(): void {
    if (!this.map.getSource(SOURCE)) return;
    this.map.removeFeatureState({ source: SOURCE });
    for (const id of this.#later) this.#set(id, { later: true });
    for (const name of ["chosen", "hovered"] as const) this.light(name, this.#lit[name]);
  }

  #set(id: string, state: Record<string, boolean>): void {
    if (this.map.getSource(SOURCE)) this.map.setFeatureState({ source: SOURCE, id }, state);
  }
}
