import { describe, expect, it } from "vitest";

import { apply, replace, refresh, sinceOf } from "../src/lib/changes";
import { position } from "../src/lib/map/glide";
import { mercator } from "../src/lib/map/mercator";
import { device, entry, fix, NOW } from "./devices";

describe("a fix", () => {
  it("sends the dot on its way and says it moves", () => {
    const truck = entry();
    apply(truck, fix(), NOW);
    expect(truck.mark).toBe("moving");
    expect(truck.device.fix?.lat_deg).toBe(18.1405);
    expect(position(truck.motion!, NOW)).toEqual(mercator(-94.45, 18.14));
    expect(position(truck.motion!, NOW + 60_000)).toEqual(mercator(-94.45, 18.1405));
  });

  it("that is older than the one shown changes nothing but when it was heard", () => {
    const truck = entry();
    apply(truck, fix({ at: NOW - 60_000, lat: 18.2 }), NOW);
    expect(truck.device.fix?.lat_deg).toBe(18.14);
    expect(truck.seen_ms).toBe(NOW + 40);
  });

  it("that cannot be believed does not move the dot, and says why until a good one comes", () => {
    const truck = entry();
    apply(truck, fix({ lat: 19.5, f: 2 }), NOW);
    expect(truck.mark).toBe("doubtful");
    expect(truck.fixDoubt).toEqual(["jump"]);
    expect(truck.device.fix?.lat_deg).toBe(18.14);
    apply(truck, fix({ at: NOW + 1_000 }), NOW + 1_000);
    expect(truck.mark).toBe("moving");
    expect(truck.doubt).toEqual([]);
  });

  it("without a speed is judged by the way between the last two", () => {
    const truck = entry();
    apply(truck, fix({ v: null }), NOW); // 0.0005° north, 55.6 m, in 5 s
    expect(truck.speed_kmh).toBeCloseTo(40, 0);
    expect(truck.mark).toBe("moving");
  });

  it("keeps the last heading when a stopped vehicle reports none", () => {
    const truck = entry();
    apply(truck, fix({ v: 0, h: null }), NOW);
    expect(truck.device.fix?.heading_deg).toBe(90);
    expect(truck.mark).toBe("stopped");
  });
});

describe("values", () => {
  const air = { kind: "air", fix: null, lat_deg: 18.1, lon_deg: -94.4 } as const;

  it("are taken by metric, with their own doubts", () => {
    const station = entry(air);
    const m = { pm25_ugm3: 12, pm10_ugm3: 9999 };
    apply(station, { t: "val", d: "A", m, f: { pm10_ugm3: 1 }, at: NOW, rx: NOW }, NOW);
    expect(station.device.values["pm25_ugm3"]?.flags).toEqual([]);
    expect(station.device.values["pm10_ugm3"]?.flags).toEqual(["range"]);
    expect(station.mark).toBe("doubtful");
  });

  it("never go back in time", () => {
    const station = entry(air);
    apply(station, { t: "val", d: "A", m: { o3_ppb: 30 }, at: NOW, rx: NOW }, NOW);
    apply(station, { t: "val", d: "A", m: { o3_ppb: 99 }, at: NOW - 1, rx: NOW + 5 }, NOW);
    expect(station.device.values["o3_ppb"]?.value).toBe(30);
  });

  it("late but true leave the station in good standing", () => {
    const station = entry(air);
    const late = { t: "val", d: "A", m: { o3_ppb: 30 }, f: { o3_ppb: 4 }, at: NOW, rx: NOW };
    apply(station, late as Parameters<typeof apply>[1], NOW);
    expect(station.mark).toBe("ok");
    expect(station.doubt).toEqual(["late"]);
  });
});

describe("presence", () => {
  it("turns silent by itself when the limit runs out, since the last word", () => {
    const truck = entry();
    refresh(truck, NOW + 116_000);
    expect(truck.presence).toBe("silent");
    expect(truck.mark).toBe("silent");
    expect(sinceOf(truck)).toBe(NOW - 5_000);
    apply(truck, fix({ at: NOW + 117_000, rx: NOW + 117_000 }), NOW + 117_000);
    expect(truck.presence).toBe("online");
  });

  it("a will of an older session does not put a device out", () => {
    const truck = entry();
    apply(truck, { t: "st", d: "T-07", on: true, s: 90, at: NOW, rx: NOW }, NOW);
    apply(truck, { t: "st", d: "T-07", on: false, s: 40, at: NOW + 9, rx: NOW + 9 }, NOW);
    expect(truck.presence).toBe("online");
  });

  it("within a session going offline wins, although the will's clock is older", () => {
    const truck = entry();
    apply(truck, { t: "st", d: "T-07", on: true, s: 90, at: NOW, rx: NOW }, NOW);
    const will = { t: "st", d: "T-07", on: false, s: 90, at: NOW - 99, rx: NOW + 70 } as const;
    apply(truck, will, NOW);
    expect(truck.mark).toBe("offline");
    expect(sinceOf(truck)).toBe(NOW + 70);
  });

  it("follows the control center's word at once", () => {
    const truck = entry({ presence: "never", last_seen_at: null });
    const said = { t: "st", d: "T-07", on: true, p: "online", at: NOW, rx: NOW } as const;
    apply(truck, said, NOW);
    expect(truck.presence).toBe("online");
  });
});

describe("a new description of a device", () => {
  it("does not take the dot back when it knows no newer fix", () => {
    const truck = entry();
    apply(truck, fix(), NOW);
    const again = replace(truck, device(), NOW + 100);
    expect(again.motion).toBe(truck.motion);
  });

  it("counts plates on, and forgets no claim", () => {
    const camera = entry({ kind: "camera", fix: null });
    apply(camera, { t: "pl", d: "C", n: 3, dir: { in: 2 }, at: NOW, rx: NOW }, NOW);
    const again = replace(camera, device({ kind: "camera", fix: null }), NOW);
    apply(again, { t: "pl", d: "C", n: 1, dir: { out: 1 }, at: NOW, rx: NOW }, NOW);
    expect(again.plates).toMatchObject({ n: 4, in: 2, out: 1 });
  });
});
