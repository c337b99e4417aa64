import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { headingOf } from "../src/lib/map/sprites";
import { Pace } from "../src/lib/pace";

describe("Pace", () => {
  let now = 0;
  let pace: Pace;
  beforeEach(() => {
    now = 1_000;
    pace = new Pace(() => now);
  });
  afterEach(() => pace.close());

  function frame(cost: number): void {
    pace.begin();
    now += cost;
    pace.ended();
  }

  it("lets a light frame follow at once", () => {
    frame(5);
    expect(pace.rest_ms).toBe(0);
  });

  it("leaves to everything else what a frame cost", () => {
    frame(60);
    expect(pace.rest_ms).toBe(60);
    now += 40;
    expect(pace.rest_ms).toBe(20);
    now += 500;
    expect(pace.rest_ms).toBe(0);
  });

  it("never holds the picture back for long", () => {
    frame(4_000);
    expect(pace.rest_ms).toBe(200);
  });

  it("hears by itself when a frame has ended", async () => {
    pace.begin();
    now += 30;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(pace.rest_ms).toBe(30);
  });
});

describe("headingOf", () => {
  it("is the nearest of 72, whatever turn it comes in", () => {
    expect([0, 2.4, 2.6, 90, 359, -90, 720].map(headingOf)).toEqual([0, 0, 1, 18, 0, 54, 0]);
  });
});
