import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

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

/** WCAG 2.2 contrast ratio. */
function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

describe.each(["dark", "light"])("the %s theme", (theme) => {
  const colour = tokens(theme);
  const text = ["ink", "muted", "accent", "good", "warn", "bad"];
  const states = MARKS.filter((mark) => mark !== "revoked").map((mark) => `mark-${mark}`);
  const pairs = [
    ...["surface", "raised", "hover"].flatMap((on) => text.map((of) => [of, on, 4.5])),
    ...["surface", "hover", "chosen"].flatMap((on) => ["faint", ...states].map((of) => [of, on, 4.5])),
    ...states.flatMap((of) => ["map-land", "map-urban", "map-outside"].map((on) => [of, on, 3])),
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
});
