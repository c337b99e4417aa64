import { describe, expect, it } from "vitest";

import type { Entry } from "../src/lib/changes";
import { type Filter, rows, type Sort } from "../src/lib/table";
import { entry, NOW } from "./devices";

const ALL: Filter = { search: "", kind: "", mark: "" };
const BY_NAME: Sort = { column: "device", descending: false };
const value = (number: number) => ({
  value: number,
  measured_at: new Date(NOW).toISOString(),
  flags: [],
});

const city = [
  entry({ device_id: "T-10", name: "Recolector 10", values: { battery_v: value(12.1) } }),
  entry({ device_id: "T-2", name: "Recolector 2", presence: "offline" }),
  entry({ device_id: "A-1", kind: "air", name: "Álamo", fix: null }),
  entry({ device_id: "X-1", name: "Viejo", state: "revoked" }),
];
const ids = (found: Entry[]): string[] => found.map(({ device }) => device.device_id);

describe("the list", () => {
  it("sorts names as people count, and hides the revoked unless asked for", () => {
    expect(ids(rows(city, ALL, BY_NAME))).toEqual(["A-1", "T-2", "T-10"]);
    expect(ids(rows(city, { ...ALL, mark: "revoked" }, BY_NAME))).toEqual(["X-1"]);
  });

  it("finds by every word, without accents or capitals, in name or identifier", () => {
    expect(ids(rows(city, { ...ALL, search: "ALAMO" }, BY_NAME))).toEqual(["A-1"]);
    expect(ids(rows(city, { ...ALL, search: "reco t-10" }, BY_NAME))).toEqual(["T-10"]);
    expect(ids(rows(city, { ...ALL, search: "nada" }, BY_NAME))).toEqual([]);
  });

  it("filters by kind and by state together", () => {
    expect(ids(rows(city, { ...ALL, kind: "truck", mark: "offline" }, BY_NAME))).toEqual(["T-2"]);
  });

  it("puts the most urgent first", () => {
    const sort: Sort = { column: "presence", descending: false };
    expect(ids(rows(city, ALL, sort))[0]).toBe("T-2");
  });

  it("leaves what has no number last, both ways", () => {
    for (const descending of [false, true]) {
      const found = ids(rows(city, ALL, { column: "battery", descending }));
      expect(found[0]).toBe("T-10");
    }
  });
});
