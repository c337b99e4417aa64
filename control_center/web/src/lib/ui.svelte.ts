/** Where the operator is: what is chosen, filtered and open. The choice is in the address, so a reload keeps it. */

import type { Filter, Sort } from "./table";

export type Tab = "map" | "devices" | "events" | "rejects";

const PREFIX = "#/d/";

function fromAddress(): string | null {
  const { hash } = location;
  return hash.startsWith(PREFIX) ? decodeURIComponent(hash.slice(PREFIX.length)) : null;
}

class Ui {
  selected = $state<string | null>(fromAddress());
  hovered = $state<string | null>(null);
  /** On a wide screen the map is always there, and `map` means the list. */
  tab = $state<Tab>("map");
  follow = $state(false);
  help = $state(false);
  filter = $state<Filter>({ search: "", kind: "", mark: "" });
  sort = $state<Sort>({ column: "presence", descending: false });
  /** Said once by assistive technology, and shown for a moment. */
  notice = $state("");
  /** Grows to ask the map for the whole city, or for the chosen device. */
  homeRequests = $state(0);
  centreRequests = $state(0);

  #noticeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    addEventListener("hashchange", () => (this.selected = fromAddress()));
  }

  select(id: string | null, centre = false): void {
    if (id === null) this.follow = false;
    this.selected = id;
    const address = id === null ? location.pathname : PREFIX + encodeURIComponent(id);
    history.replaceState(null, "", address);
    if (id !== null && centre) this.centreRequests += 1;
  }

  say(text: string): void {
    this.notice = text;
    clearTimeout(this.#noticeTimer);
    this.#noticeTimer = setTimeout(() => (this.notice = ""), 5_000);
  }
}

export const ui = new Ui();
