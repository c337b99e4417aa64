/** Categories on screen: the official colour, ink that reads on it, and a level that needs no colour. Pure. */

import { type AirStation, type Category, INSUFFICIENT } from "./types";

const DARK = "#0a0f14";
const LIGHT = "#ffffff";

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG contrast of two colours. */
export function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

/** Whichever of dark and light ink reads better on a colour. */
export const inkOn = (colour: string): string =>
  contrast(colour, DARK) >= contrast(colour, LIGHT) ? DARK : LIGHT;

/** 1 is the best of five, 5 the worst; 0: too few data. */
export const levelOf = (categories: readonly Category[], key: string): number =>
  categories.findIndex((one) => one.key === key) + 1;

export const categoryOf = (categories: readonly Category[], key: string): Category | null =>
  categories.find((one) => one.key === key) ?? null;

export interface Share {
  key: string;
  stations: number;
}

/** How many stations are in each category, worst first; the undecided come last. */
export function census(categories: readonly Category[], stations: readonly AirStation[]): Share[] {
  const keys = [...categories.map(({ key }) => key).reverse(), INSUFFICIENT];
  return keys.map((key) => ({
    key,
    stations: stations.filter(({ category }) => category === key).length,
  }));
}

/** The worst category that any station is in; null: none can say. */
export function worstOf(categories: readonly Category[], stations: readonly AirStation[]): Category | null {
  const level = Math.max(0, ...stations.map(({ category }) => levelOf(categories, category)));
  return categories[level - 1] ?? null;
}
