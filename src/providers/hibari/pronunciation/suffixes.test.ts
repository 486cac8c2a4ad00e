import { describe, expect, it } from "vitest";
import { inflectionsOf, withEd, withIng, withS } from "./suffixes.ts";

describe("endings", () => {
  it.each([
    ["kˈæt", "kˈæts"],
    ["dˈɔɡ", "dˈɔɡz"],
    ["bˈʌs", "bˈʌsᵻz"],
  ])("-s after %s", (stem, expected) => {
    expect(withS(stem)).toBe(expected);
  });

  it.each([
    ["wˈɔk", "wˈɔkt"],
    ["plˈæn", "plˈænd"],
    ["nˈid", "nˈidᵻd"],
    ["wˈAt", "wˈAɾᵻd"],
    ["ˈækt", "ˈæktᵻd"],
  ])("-ed after %s", (stem, expected) => {
    expect(withEd(stem)).toBe(expected);
  });

  it("-ing flaps a t between vowels", () => {
    expect(withIng("wˈAt")).toBe("wˈAɾɪŋ");
    expect(withIng("wˈɔk")).toBe("wˈɔkɪŋ");
  });

  it.each([
    ["parties", "party"],
    ["boxes", "box"],
    ["John's", "John"],
    ["planned", "plan"],
    ["baked", "bake"],
    ["baking", "bake"],
    ["running", "run"],
    ["frolicking", "frolic"],
  ])("sees the stem of %s", (word, stem) => {
    expect(inflectionsOf(word).map((each) => each.stem)).toContain(stem);
  });

  it.each(["glass", "is", "need", "sing"])("does not cut %s where no ending is", (word) => {
    expect(inflectionsOf(word).map((each) => each.stem)).not.toContain(word.slice(0, -2));
  });
});
