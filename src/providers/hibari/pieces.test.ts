import { describe, expect, it } from "vitest";
import { phonemeIds, piecesOf, sentencesOf } from "./pieces.ts";

const word = (phonemes: string, mark?: ",", end = 1) => ({ phonemes, mark, end });

describe("sentencesOf", () => {
  it("cuts after end marks, but not before a small letter", () => {
    expect([...sentencesOf(" One.  Two? at nine p.m. sharp! ")]).toEqual([
      { text: "One.", start: 1 },
      { text: "Two? at nine p.m. sharp!", start: 7 },
    ]);
  });

  it("bounds what has no end, at a space where there is one", () => {
    const long = `${"word ".repeat(500)}${"x".repeat(2_500)}`;
    const found = [...sentencesOf(long)];
    expect(Math.max(...found.map(({ text }) => text.length))).toBeLessThanOrEqual(1_000);
    const joined = found.map(({ text }) => text).join("");
    expect(joined.replaceAll(" ", "")).toBe(long.replaceAll(" ", ""));
    for (const { text, start } of found) expect(long.slice(start, start + text.length)).toBe(text);
  });

  it("finds none in nothing", () => {
    expect([...sentencesOf(" \n ")]).toEqual([]);
  });
});

describe("piecesOf", () => {
  it("keeps what fits in one piece", () => {
    expect(piecesOf([word("aa", ",", 3), word("bb", undefined, 9)], 20)).toEqual([
      {
        phonemes: "aa, bb",
        end: undefined,
        words: [
          { phonemes: 2, chars: 3 },
          { phonemes: 6, chars: 9 },
        ],
      },
    ]);
  });

  it("cuts behind a mark in the second half, else between words", () => {
    expect(piecesOf([word("aaaa"), word("bb", ","), word("cc"), word("dd")], 12)).toMatchObject([
      { phonemes: "aaaa bb,", end: "," },
      { phonemes: "cc dd", end: undefined },
    ]);
    expect(
      piecesOf([word("a", ","), word("bbbbbb"), word("cccc")], 12).map((piece) => piece.phonemes),
    ).toEqual(["a, bbbbbb", "cccc"]);
  });

  it("ends a word that had to be cut with its last part", () => {
    const pieces = piecesOf([word("x".repeat(15), ",", 7)], 10);
    expect(pieces.flatMap(({ words }) => words)).toEqual([
      { phonemes: 9, chars: 0 },
      { phonemes: 6, chars: 7 },
    ]);
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
    ).toEqual({ ids: [0, 7, 9, 0], places: [1, 1, 2] });
  });
});
