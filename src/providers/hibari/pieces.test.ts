import { describe, expect, it } from "vitest";
import { phonemeIds, piecesOf, sentencesOf } from "./pieces.ts";

const word = (phonemes: string, mark?: ",") => ({ phonemes, mark });

describe("sentencesOf", () => {
  it("cuts after end marks, but not before a small letter", () => {
    expect([...sentencesOf("One. Two? at nine p.m. sharp! ")]).toEqual(["One.", "Two? at nine p.m. sharp!"]);
  });

  it("bounds what has no end, at a space where there is one", () => {
    const long = `${"word ".repeat(500)}${"x".repeat(2_500)}`;
    const found = [...sentencesOf(long)];
    expect(Math.max(...found.map((each) => each.length))).toBeLessThanOrEqual(1_000);
    expect(found.join("").replaceAll(" ", "")).toBe(long.replaceAll(" ", ""));
  });

  it("finds none in nothing", () => {
    expect([...sentencesOf(" \n ")]).toEqual([]);
  });
});

describe("piecesOf", () => {
  it("keeps what fits in one piece", () => {
    expect(piecesOf([word("aa", ","), word("bb")], 20)).toEqual([{ phonemes: "aa, bb", end: undefined }]);
  });

  it("cuts behind a mark in the second half, else between words", () => {
    expect(piecesOf([word("aaaa"), word("bb", ","), word("cc"), word("dd")], 12)).toEqual([
      { phonemes: "aaaa bb,", end: "," },
      { phonemes: "cc dd", end: undefined },
    ]);
    expect(
      piecesOf([word("a", ","), word("bbbbbb"), word("cccc")], 12).map((piece) => piece.phonemes),
    ).toEqual(["a, bbbbbb", "cccc"]);
  });

  it("never passes the bound, nor loses a sound", () => {
    const words = [word("x".repeat(100), ","), word("yy"), word("z".repeat(11), ",")];
    const pieces = piecesOf(words, 10);
    expect(Math.max(...pieces.map((piece) => piece.phonemes.length))).toBeLessThanOrEqual(10);
    expect(pieces.map((piece) => piece.phonemes.replace(/[ ,]/g, "")).join("")).toBe(
      words.map((each) => each.phonemes).join(""),
    );
  });
});

describe("phonemeIds", () => {
  it("puts zeros around and leaves out what has no number", () => {
    expect(
      phonemeIds(
        "a?b",
        new Map([
          ["a", 7],
          ["b", 9],
        ]),
      ),
    ).toEqual([0, 7, 9, 0]);
  });
});
