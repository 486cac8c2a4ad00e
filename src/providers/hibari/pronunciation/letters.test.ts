import { describe, expect, it } from "vitest";
import { decodeSounds, letterIds } from "./letters.ts";

const model = { in: ["A", "a", "b"], out: ["x", "y", "("], maxlen: 4 };

describe("letters", () => {
  it("numbers the characters it knows from 1, at most as many as the network reads", () => {
    expect(letterIds(model, "Ab?a")).toEqual([1, 3, 2]);
    expect(letterIds(model, "aaaaaaa")).toEqual([2, 2, 2, 2]);
    expect(letterIds(model, "🎉")).toEqual([]);
  });

  it("collapses repeats and lets blanks separate", () => {
    expect(decodeSounds(model, [1, 1, 0, 1, 2, 2, 0, 0])).toBe("xxy");
  });

  it("drops marks that are no sounds and numbers out of range", () => {
    expect(decodeSounds(model, [3, 1, 9])).toBe("x");
  });
});
