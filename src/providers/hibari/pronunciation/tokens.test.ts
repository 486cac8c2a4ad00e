import { describe, expect, it } from "vitest";
import { partsOf, tokensOf } from "./tokens.ts";

const textOf = (text: string): string[] => tokensOf(text).map((token) => token.text);

describe("tokensOf", () => {
  it("keeps words whole and marks apart", () => {
    expect(textOf("Well-known dogs' names: don't stop!")).toEqual([
      "Well-known",
      "dogs'",
      "names",
      ":",
      "don't",
      "stop",
      "!",
    ]);
  });

  it("splits contractions for the tagger only", () => {
    expect(tokensOf("don't John's cannot")).toEqual([
      { type: "word", text: "don't", pieces: ["do", "n't"], end: 5 },
      { type: "word", text: "John's", pieces: ["John", "'s"], end: 12 },
      { type: "word", text: "cannot", pieces: ["can", "not"], end: 19 },
    ]);
  });

  it("keeps dotted letters together", () => {
    expect(textOf("at nine p.m. sharp.")).toEqual(["at", "nine", "p.m.", "sharp", "."]);
  });

  it("says the signs that have names, and digits one by one", () => {
    expect(textOf("B&B 42")).toEqual(["B", "and", "B", "four", "two"]);
  });

  it.each(["🎉", "**__``", "日".slice(1), "<>{}|\\^~", "...", "\u0000\uFFFF", "?!"])(
    "has nothing to say for %j",
    (text) => {
      expect(textOf(text)).toEqual([]);
    },
  );

  it("makes one pause of several marks", () => {
    expect(textOf("Really?!... Yes")).toEqual(["Really", "?", "Yes"]);
  });

  it("cuts what is too long for a word", () => {
    expect(textOf("A".repeat(500))).toEqual(["A".repeat(40)]);
  });
});

describe("partsOf", () => {
  it.each([
    ["state-of-the-art", ["state", "of", "the", "art"]],
    ["JetStream", ["Jet", "Stream"]],
    ["OpenAI", ["Open", "AI"]],
    ["JSONFile", ["JSON", "File"]],
    ["URLs", ["URLs"]],
    ["plain", ["plain"]],
  ])("of %s", (word, parts) => {
    expect(partsOf(word)).toEqual(parts);
  });
});
