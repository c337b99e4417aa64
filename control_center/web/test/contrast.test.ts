import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { STATES } from "../src/lib/runs/states";
import { MARKS } from "../src/lib/state";

const CSS = readFileSync(new URL("../src/app.css", import.meta.url), "utf8");

function tokens(theme: string): Record<string, string> {
  const block = CSS.split(`[data-theme="${theme}"] {`)[1]?.split("}")[0] ?? "";
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => m.slice(1)));
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

type Rgb = [number, number, number];

/** Linear light of a colour. */
const linear = (hex: string): Rgb =>
  [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as Rgb;

/** How someone sees it: Machado, Oliveira and Fernandes 2009, complete deficiency. */
const EYES: Record<string, number[][]> = {
  trichromat: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanope: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranope: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanope: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const XYZ = [[0.4338, 0.3762, 0.1899], [0.2126, 0.7152, 0.0722], [0.0177, 0.1095, 0.8729]];

const times = (matrix: number[][], v: number[]): number[] =>
  matrix.map((row) => row.reduce((sum, cell, i) => sum + cell * (v[i] ?? 0), 0));

function lab(hex: string, eye: number[][]): Rgb {
  const seen = times(eye, linear(hex)).map((part) => Math.min(1, Math.max(0, part)));
  const [x = 0, y = 0, z = 0] = times(XYZ, seen).map((part) =>
    part > 0.008856 ? Math.cbrt(part) : 7.787 * part + 16 / 116,
  );
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** WCAG 2.2 contrast ratio. */
function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

describe.each(["dark", "light"])("the %s theme", (theme) => {
  const colour = tokens(theme);
  const text = ["ink", "muted", "accent", "good", "warn", "bad"];
  const states = MARKS.filter((mark) => mark !== "revoked").map((mark) => `mark-${mark}`);
  const blocks = STATES.map((state) => `st-${state}`);
  const pairs = [
    ...["surface", "raised", "hover"].flatMap((on) => text.map((of) => [of, on, 4.5])),
    ...["surface", "hover", "chosen"].flatMap((on) => ["faint", ...states].map((of) => [of, on, 4.5])),
    ...["surface", "hover", "chosen", "raised"].flatMap((on) => blocks.map((of) => [of, on, 4.5])),
    ...[...states, ...blocks].flatMap((of) => ["map-land", "map-urban", "map-outside"].map((on) => [of, on, 3])),
    ["map-text", "map-land", 4.5],
    ["map-text", "map-urban", 4.5],
    ["on-accent", "accent", 4.5],
    ["ink", "bad-bg", 4.5],
    ["ink", "warn-bg", 4.5],
    ["ink", "chosen", 4.5],
  ] as [string, string, number][];

  it.each(pairs)("%s on %s has at least %d to 1", (of, on, least) => {
    expect(contrast(colour[of] ?? "", colour[on] ?? "")).toBeGreaterThanOrEqual(least);
  });

  const twos = STATES.flatMap((a, i) => STATES.slice(i + 1).map((b) => [a, b] as const));
  const cases = Object.keys(EYES).flatMap((eye) => twos.map(([a, b]) => [eye, a, b] as const));

  it.each(cases)("a %s tells %s from %s, pattern or not", (eye, a, b) => {
    const [one, other] = [a, b].map((state) => lab(colour[`st-${state}`] ?? "", EYES[eye]!));
    const apart = Math.hypot(...one!.map((part, i) => part - other![i]!));
    expect(apart).toBeGreaterThan(15);
  });
});
