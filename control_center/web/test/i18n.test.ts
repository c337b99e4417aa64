import { describe, expect, it } from "vitest";

import { en } from "../src/lib/i18n/en";
import { es } from "../src/lib/i18n/es";

const holes = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

describe("the two languages", () => {
  it("say the same things", () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(es).sort());
  });

  it.each(Object.keys(es) as (keyof typeof es)[])("%s leaves the same holes to fill", (key) => {
    expect(holes(en[key])).toEqual(holes(es[key]));
  });

  it("leave nothing unsaid", () => {
    const said = [...Object.values(es), ...Object.values(en)];
    expect(said.filter((text) => !text.trim())).toEqual([]);
  });
});
