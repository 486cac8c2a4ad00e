import { describe, expect, it } from "vitest";
import { normaliseForSpeech } from "./normalise.ts";
import { wordEnds } from "./word-ends.ts";

/** What is said for each word of the text. */
function saidFor(text: string): [string, string][] {
  const spoken = normaliseForSpeech(text);
  let [from, saidFrom] = [0, 0];
  return wordEnds(text, spoken).map(({ chars, spoken: end }) => {
    const pair: [string, string] = [
      text.slice(from, chars).trim(),
      spoken.slice(saidFrom, end).replace(/^[\s.,?!;:]+/, ""),
    ];
    [from, saidFrom] = [chars, end];
    return pair;
  });
}

describe("wordEnds", () => {
  it.each<[string, [string, string][]]>([
    [
      "It costs $3.50, sir.",
      [
        ["It", "It"],
        ["costs", "costs"],
        ["$3.50,", "three dollars and fifty cents"],
        ["sir.", "sir"],
      ],
    ],
    [
      " Dr. Smith **really** left at 5:30.",
      [
        ["Dr.", "Doctor"],
        ["Smith", "Smith"],
        ["**really**", "really"],
        ["left", "left"],
        ["at", "at"],
        ["5:30.", "five thirty"],
      ],
    ],
    [
      "On Jan. 5, 2024 we met.",
      [
        ["On", "On"],
        ["Jan.", "January"],
        ["5,", "fifth"],
        ["2024", "twenty twenty-four"],
        ["we", "we"],
        ["met.", "met"],
      ],
    ],
    [
      "Yes 🎉 the the 12 the",
      [
        ["Yes", "Yes"],
        ["🎉", ""],
        ["the", "the"],
        ["the", "the"],
        ["12", "twelve"],
        ["the", "the"],
      ],
    ],
  ])("%j", (text, expected) => {
    expect(saidFor(text)).toEqual(expected);
  });

  it("ends the last word of several that are read together where all of them are", () => {
    const text = "It costs $3 million now.";
    const ends = wordEnds(text, normaliseForSpeech(text));
    const spoken = "It costs three million dollars";
    expect(normaliseForSpeech(text).startsWith(spoken)).toBe(true);
    expect(ends[3]).toEqual({ chars: "It costs $3 million".length, spoken: spoken.length });
  });

  it("has nothing to find in nothing, and gives up on what is far too long", () => {
    expect(wordEnds("", "")).toEqual([]);
    expect(wordEnds("🎉", "")).toEqual([{ chars: 2, spoken: 0 }]);
    const long = "word ".repeat(700);
    expect(wordEnds(long, long)).toEqual([]);
  });
});
