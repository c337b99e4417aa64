import { describe, expect, it } from "vitest";

import { Lag, quantile } from "../src/lib/lag";
import { shortcutFor } from "../src/lib/keyboard";
import { backoff_ms, EventParser } from "../src/lib/sse";

describe("the event stream", () => {
  it("is cut into events wherever the chunks break", () => {
    const parser = new EventParser();
    const text = 'event: change\nid: 7\ndata: {"a":\ndata: 1}\n\n: comment\n\ndata: x\r\n\r\n';
    const events = [...text].flatMap((letter) => parser.feed(letter));
    expect(events).toEqual([
      { event: "change", data: '{"a":\n1}' },
      { event: "message", data: "x" },
    ]);
  });

  it("is tried again at once, then less and less often, at most every ten seconds", () => {
    const waits = [0, 1, 2, 3, 4, 5, 20].map((tries) => backoff_ms(tries, () => 0.5));
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });
});

describe("lag", () => {
  it("is stamped when drawn, by surface", () => {
    const lag = new Lag();
    lag.await("map", "a", 1_000, 1_010, 0);
    lag.await("table", "b", 1_000, 1_020, 0);
    lag.flush("map", 1_100);
    expect(lag.samples()).toEqual([{ d: "a", at: 1_000, rx: 1_010, drawn: 1_100 }]);
    lag.flush("table", 1_150);
    expect(lag.drawn).toBe(2);
  });

  it("keeps the newest five thousand, in order", () => {
    const lag = new Lag();
    for (let i = 0; i < 5_003; i += 1) {
      lag.await("map", String(i), i, i, 0);
      lag.flush("map", i);
    }
    const samples = lag.samples();
    expect(samples).toHaveLength(5_000);
    expect([samples[0]?.d, samples.at(-1)?.d]).toEqual(["3", "5002"]);
  });

  it("counts the last minute's live data only: neither the late nor the old", () => {
    const lag = new Lag();
    lag.await("map", "late", 0, 90_000, 4);
    lag.await("map", "live", 99_900, 99_950, 0);
    lag.flush("map", 100_000);
    expect(lag.p95_ms(100_000)).toEqual({ at: 100, rx: 50 });
    expect(lag.p95_ms(200_000)).toBeNull();
  });

  it("has a p95 that was measured", () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
    expect(quantile(hundred, 0.95)).toBe(95);
  });
});

describe("single-key shortcuts", () => {
  const shortcuts = [{ key: "/", run: () => undefined }];
  const press = (over: object = {}) => ({
    key: "/",
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    target: null,
    ...over,
  });

  it("are heard anywhere but where someone types, or with a modifier", () => {
    expect(shortcutFor(press(), shortcuts)).toBe(shortcuts[0]);
    expect(shortcutFor(press({ ctrlKey: true }), shortcuts)).toBeNull();
    const field = { closest: () => ({}) } as unknown as EventTarget;
    expect(shortcutFor(press({ target: field }), shortcuts)).toBeNull();
  });
});
