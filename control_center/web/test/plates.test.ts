import { afterEach, describe, expect, it, vi } from "vitest";

import { hashOf, type Place, placeOf, sectionOf } from "../src/lib/address";
import { PLATES } from "../src/lib/plates/address";
import { bare, differences, marked, pairs, plateFault } from "../src/lib/plates/compare";
import { bars, ceiling, shares, sum } from "../src/lib/plates/counts";
import { awaitsIncident, lookAgain } from "../src/lib/plates/looking";
import { following, neighbour, queued } from "../src/lib/plates/queue";
import { instantOf, localText, takenAt } from "../src/lib/plates/times";
import { hit, passages } from "./plates";

const ZONE = "America/Mexico_City";
const HOUR_MS = 3_600_000;

describe("an address of plates", () => {
  const places: Place[] = [
    PLATES,
    { ...PLATES, state: "all", hit: 12 },
    { ...PLATES, hit: 7 },
    { ...PLATES, view: "search" },
    { ...PLATES, view: "lists", list: 3 },
    { ...PLATES, view: "counts", device: "C 1/ñ", days: 7 },
    { ...PLATES, view: "cameras" },
  ];

  it.each(places)("leads back to where it was made: %o", (place) => {
    expect(placeOf(hashOf(place))).toEqual(place);
    expect(sectionOf(place)).toBe("plates");
  });

  it("says no more than what is not as usual", () => {
    expect(hashOf(PLATES)).toBe("#/placas");
    expect(placeOf("#/placas/nada?ver=algo")).toEqual(PLATES);
  });
});

describe("two plates beside each other", () => {
  it("mark what differs, whatever stands between the groups", () => {
    const seen = marked("YKX-128-A", [5]);
    expect(seen.map(({ text }) => text).join("")).toBe("YKX-128-A");
    expect(seen.flatMap(({ differs }, at) => (differs ? [at] : []))).toEqual([6]);
  });

  it("are compared character by character", () => {
    expect(differences("YKX-123-A", "YKX123A")).toEqual([]);
    expect(differences("YKX128A", "YKX123A")).toEqual([5]);
    expect(differences("YKX12", "YKX123")).toEqual([5]);
    expect(pairs("YKX128A", "YKX-123-A", [5])).toEqual([[6, "8", "3"]]);
    expect(pairs("YKX12", "YKX123", [5])).toEqual([[6, "–", "3"]]);
  });

  it.each([
    ["", "empty"],
    [" - ", "empty"],
    ["YKX;DROP", "characters"],
    ["<b>", "characters"],
    ["YK", "length"],
    ["YKX123AYKX123A", "length"],
    ["Y???23A", "vague"],
    ["ykx-?2?-a", null],
    ["YKX123A", null],
  ])("%s may be sought: %s", (typed, fault) => {
    expect(plateFault(typed)).toBe(fault);
  });

  it("are sent without what stands between", () => {
    expect(bare(" ykx-12?-a ")).toBe("YKX12?A");
  });
});

describe("the queue of hits", () => {
  const hits = [
    hit({ hit_id: 1, at: "2026-05-12T12:00:00Z" }),
    hit({ hit_id: 2, at: "2026-05-12T11:00:00Z", priority: "critical" }),
    hit({ hit_id: 3, at: "2026-05-12T13:00:00Z", priority: "high" }),
    hit({ hit_id: 4, at: "2026-05-12T12:30:00Z", priority: "critical" }),
  ];
  const ids = (some: readonly { hit_id: number }[]): number[] => some.map(({ hit_id }) => hit_id);

  it("puts what is urgent first, then what is new", () => {
    expect(ids(queued(hits, "open"))).toEqual([4, 2, 3, 1]);
  });

  it("is a record by time once decided", () => {
    expect(ids(queued(hits, "all"))).toEqual([3, 4, 1, 2]);
  });

  it("is walked without falling off either end", () => {
    const all = queued(hits, "open");
    expect(neighbour(all, null, 1)?.hit_id).toBe(4);
    expect(neighbour(all, 4, -1)?.hit_id).toBe(4);
    expect(neighbour(all, 4, 1)?.hit_id).toBe(2);
    expect(neighbour(all, 1, 1)?.hit_id).toBe(1);
    expect(neighbour(all, 99, 1)?.hit_id).toBe(4);
    expect(neighbour([], 1, 1)).toBeUndefined();
  });

  it("goes on below what was decided, or above where it was the last", () => {
    const all = queued(hits, "open");
    expect(following(all, 2)?.hit_id).toBe(3);
    expect(following(all, 1)?.hit_id).toBe(3);
    expect(following([hits[0]!], 1)).toBeUndefined();
  });
});

describe("the incident of a hit", () => {
  afterEach(() => vi.useRealTimers());

  it("is looked for less and less often, and not for ever", () => {
    vi.useFakeTimers();
    const began_ms = Date.now();
    const looked_s: number[] = [];
    lookAgain(() => looked_s.push((Date.now() - began_ms) / 1_000));
    vi.advanceTimersByTime(HOUR_MS);
    expect(looked_s).toEqual([2, 6, 14, 30]);
  });

  it("is not looked for once the desk is left", () => {
    vi.useFakeTimers();
    const look = vi.fn();
    const leave = lookAgain(look);
    vi.advanceTimersByTime(3_000);
    leave();
    vi.advanceTimersByTime(HOUR_MS);
    expect(look).toHaveBeenCalledTimes(1);
  });

  it("is awaited while the hit is recent and has none", () => {
    const at_ms = Date.parse("2026-05-12T12:00:00Z");
    expect(awaitsIncident([hit({ incident_id: 5 }), hit()], at_ms + 60_000)).toBe(true);
    expect(awaitsIncident([hit({ incident_id: 5 })], at_ms)).toBe(false);
    expect(awaitsIncident([hit()], at_ms + HOUR_MS)).toBe(false);
    expect(awaitsIncident([], at_ms)).toBe(false);
  });
});

describe("hours as they are typed", () => {
  it.each([
    ["2026-05-12T06:42", "2026-05-12T12:42:00.000Z"],
    ["2026-12-31T23:59", "2027-01-01T05:59:00.000Z"],
  ])("%s in the city is %s", (text, iso) => {
    const at = instantOf(text, ZONE);
    expect(new Date(at!).toISOString()).toBe(iso);
    expect(localText(at!, ZONE)).toBe(text);
  });

  it("are none where none was typed", () => {
    expect(instantOf("", ZONE)).toBeNull();
    expect(instantOf("mañana", ZONE)).toBeNull();
  });

  it("survive an hour that is left out or comes twice", () => {
    const zone = "America/New_York";
    expect(instantOf("2026-03-08T02:30", zone)).not.toBeNull();
    expect(new Date(instantOf("2026-11-01T01:30", zone)!).toISOString()).toBe("2026-11-01T05:30:00.000Z");
  });
});

describe("counts as bars", () => {
  const from = Date.parse("2026-05-12T06:00:00Z");
  const rows = [
    passages("2026-05-12T06:00:00Z", 5),
    passages("2026-05-12T06:00:00Z", 2, { direction: "out", class: "truck" }),
    passages("2026-05-12T08:00:00Z", 3, { class: null, state: null, direction: null }),
    passages("2026-05-12T08:00:00Z", 4, { class: "otros", state: "otros" }),
  ];

  it("keep a place for every hour, also an empty one", () => {
    const seen = bars(rows, from, from + 3 * HOUR_MS, "hour", ZONE);
    expect(seen).toEqual([
      { ms: from, in: 5, out: 2, other: 0 },
      { ms: from + HOUR_MS, in: 0, out: 0, other: 0 },
      { ms: from + 2 * HOUR_MS, in: 4, out: 0, other: 3 },
    ]);
  });

  it("begin days at the city's midnight", () => {
    const seen = bars(rows, from, from + 48 * HOUR_MS, "day", ZONE);
    expect(seen.map(({ ms }) => ms)).toEqual([from, from + 24 * HOUR_MS]);
    expect(seen[0]).toMatchObject({ in: 9, out: 2, other: 3 });
  });

  it("lose nobody", () => {
    expect(sum(rows, "in") + sum(rows, "out") + sum(rows, null)).toBe(14);
    expect(shares(rows, "class").reduce((all, { n }) => all + n, 0)).toBe(14);
    expect(shares(rows, "state")[0]).toEqual({ key: "Veracruz", n: 7 });
    expect(shares(rows, "class").map(({ key }) => key)).toEqual(["car", "otros", "", "truck"]);
  });

  it.each([[0, 4], [4, 4], [5, 5], [11, 20], [30, 40], [99, 100], [101, 200]])("%d fits under %d", (n, top) => {
    expect(ceiling(n)).toBe(top);
  });
});

describe("a camera's frame", () => {
  it("is as old as its answer says", () => {
    expect(takenAt(new Headers({ "X-Frame-Age-Ms": "1500" }), 10_000)).toBe(8_500);
    expect(takenAt(new Headers(), 42)).toBe(42);
  });
});
