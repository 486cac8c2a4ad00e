import { describe, expect, it } from "vitest";
import { addWordErrors, normaliseWords, wordErrors } from "./support/wer.ts";

describe("word errors", () => {
  it.each([
    ["Mr. John Dashwood's ill-disposed,", "mister john dashwoods ill disposed"],
    ["Go forward 10 meters!", "go forward ten meters"],
    ["21 of 1,305", "twenty one of one thousand three hundred five"],
    ["  ", ""],
  ])("normalises %s", (text, words) => {
    expect(normaliseWords(text).join(" ")).toBe(words);
  });

  it.each([
    ["four queen of clubs", "Four, queen of clubs.", 0],
    ["four queen of clubs", "for queen clubs", 2],
    ["five five", "", 2],
    ["five five", "five and five", 1],
  ])("%s / %s", (reference, recognised, errors) => {
    expect(wordErrors(reference, recognised).errors).toBe(errors);
  });

  it("sums", () => {
    const sum = addWordErrors([wordErrors("a b", "a"), wordErrors("c", "c")]);
    expect(sum).toEqual({ errors: 1, words: 3 });
  });
});
