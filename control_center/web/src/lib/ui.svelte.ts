/** Where the operator is: which page, and what is chosen, filtered and open. The page and the choice
 * are in the address, so a reload keeps them, and going back goes back. */

import { AIR, ANOMALIES, DAY, hashOf, NOISE, type Place, placeOf, type Section, sectionOf } from "./address";
import { ADMIN } from "./admin/address";
import { ALERTS } from "./alerts/address";
import { AUDIT } from "./audit/address";
import { ROOM } from "./incidents/address";
import { CHARTS } from "./charts/address";
import { PLATES } from "./plates/address";
import type { Sort as RunSort } from "./runs/day";
import type { Filter, Sort } from "./table";

export type Tab = "map" | "devices" | "events" | "rejects";

const chosen = (place: Place): string | null => (place.page === "map" ? place.device : null);

class Ui {
  place = $state.raw<Place>(placeOf(location.hash));
  /** The device chosen on the map; kept while another page is open. */
  selected = $state<string | null>(chosen(placeOf(location.hash)));
  hovered = $state<string | null>(null);
  /** On a wide screen the map is always there, and `map` means the list. */
  tab = $state<Tab>("map");
  follow = $state(false);
  help = $state(false);
  filter = $state<Filter>({ search: "", kind: "", mark: "" });
  sort = $state<Sort>({ column: "presence", descending: false });
  runSort = $state.raw<RunSort>({ column: "gaps", descending: true });
  /** Said once by assistive technology, and shown for a moment. */
  notice = $state("");
  /** Grows to ask the map for the whole city, or for the chosen device. */
  homeRequests = $state(0);
  centreRequests = $state(0);

  /** The day's list that a run leads back to. */
  day = $state.raw<Place>(DAY);
  /** Where each part was left. */
  #left = $state.raw<Record<Exclude<Section, "map">, Place>>({
    routes: DAY,
    air: AIR,
    noise: NOISE,
    anomalies: ANOMALIES,
    plates: PLATES,
    charts: CHARTS,
    alerts: ALERTS,
    room: ROOM,
    audit: AUDIT,
    admin: ADMIN,
  });
  #noticeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const arrive = (): void => this.#arrive(placeOf(location.hash));
    addEventListener("hashchange", arrive);
    addEventListener("popstate", arrive);
    this.#arrive(this.place);
  }

  /** Whether the live map is what is shown. */
  get onMap(): boolean {
    return this.place.page === "map";
  }

  /** Go somewhere. `replace`: as a choice on the same page, which going back skips. */
  go(place: Place, replace = false): void {
    this.#arrive(place);
    history[replace ? "replaceState" : "pushState"](null, "", hashOf(place));
  }

  /** The live map as it was left. */
  get mapPlace(): Place {
    return { page: "map", device: this.selected };
  }

  get section(): Section {
    return sectionOf(this.place);
  }

  /** What an entry of the navigation leads to: the page that was left there; from within, its first. */
  placeIn(section: Section): Place {
    if (section === "map") return this.mapPlace;
    if (section !== this.section) return this.#left[section];
    return { routes: this.day, air: AIR, noise: NOISE, anomalies: ANOMALIES, plates: PLATES, charts: CHARTS, alerts: ALERTS, room: ROOM, audit: AUDIT, admin: ADMIN }[section];
  }

  #arrive(place: Place): void {
    this.place = place;
    const section = sectionOf(place);
    if (place.page === "map") this.selected = place.device;
    else if (section !== "map") this.#left = { ...this.#left, [section]: place };
    if (place.page === "day") this.day = place;
  }

  select(id: string | null, centre = false): void {
    if (id === null) this.follow = false;
    this.go({ page: "map", device: id }, this.onMap);
    if (id !== null && centre) this.centreRequests += 1;
  }

  say(text: string): void {
    this.notice = text;
    clearTimeout(this.#noticeTimer);
    this.#noticeTimer = setTimeout(() => (this.notice = ""), 5_000);
  }
}

export const ui = new Ui();
