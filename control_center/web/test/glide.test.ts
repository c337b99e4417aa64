import { describe, expect, it } from "vitest";

import { LONGEST_MS, moving, nextStep_ms, position, rest, towards } from "../src/lib/map/glide";

const A = { x: 0.2, y: 0.4 };
const B = { x: 0.3, y: 0.4 };

describe("a dot between two fixes", () => {
  it("starts where it was and ends on the fix, at constant speed", () => {
    const motion = towards(rest(A), B, 1_000, 1_000, 10);
    expect(position(motion, 1_000)).toEqual(A);
    expect(position(motion, 1_500).x).toBeCloseTo(0.25);
    expect(position(motion, 2_000)).toEqual(B);
  });

  it("stays on the last fix when data stop: nothing is extrapolated", () => {
    const motion = towards(rest(A), B, 0, 1_000, 10);
    expect(position(motion, 600_000)).toEqual(B);
    expect(moving(motion, 600_000)).toBe(false);
  });

  it("is never older than the longest glide, however rarely the device reports", () => {
    expect(towards(rest(A), B, 0, 30_000, 100).duration_ms).toBe(LONGEST_MS);
  });

  it("goes on from where it is when a fix comes early", () => {
    const first = towards(rest(A), B, 0, 1_000, 10);
    const second = towards(first, A, 500, 1_000, 10);
    expect(position(second, 500).x).toBeCloseTo(0.25);
    expect(position(second, 1_500)).toEqual(A);
  });

  it.each([
    ["no vehicle is that fast", 1_000, 5_000],
    ["the silence was too long to invent a way", 61_000, 50],
    ["time did not advance", 0, 5],
  ])("jumps when %s", (_why, gap_ms, leap_m) => {
    const motion = towards(rest(A), B, 0, gap_ms, leap_m);
    expect(position(motion, 0)).toEqual(B);
    expect(moving(motion, 0)).toBe(false);
  });
});

describe("when the next frame is worth drawing", () => {
  const motion = towards(rest(A), B, 0, 1_000, 10);

  it("is when the dot will have moved one step", () => {
    expect(nextStep_ms(motion, 0, 0.01)).toBeCloseTo(100);
  });

  it("is never, once what is left is less than a step", () => {
    expect(nextStep_ms(motion, 950, 0.01)).toBeNull();
    expect(nextStep_ms(motion, 5_000, 0.01)).toBeNull();
  });
});
