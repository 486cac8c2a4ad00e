import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../lib/clock.ts";
import { normaliseForSpeech } from "./normalise.ts";

interface Pair {
  readonly in: string;
  readonly out: string;
}
const fixture = new URL("../../../test/fixtures/normalise.json", import.meta.url);
const pairs = JSON.parse(readFileSync(fixture, "utf8")) as readonly Pair[];

/** What a result may consist of: words, inner apostrophes and hyphens, single spaces, pauses. */
const spoken = /^(?:\p{L}+(?:['-]\p{L}+)*[.,?!;:]?(?: (?=\p{L})|$))*$/u;

/** Text made of what the rules look for, so that rules meet each other in ways no one would write. */
const writtenText = fc
  .array(
    fc.oneof(
      fc.constantFrom(..."0123456789.,:;-–—/'\"’“”()[]|*_#@&%$€£°²½+=<>~^`\n \t…!?{}\\".split("")),
      fc.constantFrom(
        "St.",
        "Dr.",
        "p.m.",
        "a.m.",
        "etc.",
        "U.S.",
        "e.g.",
        "No.",
        "Jan.",
        "Ph.D.",
        "IV",
        "VIII",
        "king",
        "John",
      ),
      fc.constantFrom(
        "bn",
        "km",
        "mph",
        "s",
        "x",
        "v",
        "th",
        "http://",
        "www.",
        ".com",
        "and",
        "the",
        "A",
        "😀",
        "👍🏽",
        "é",
        "е́",
      ),
      fc.constantFrom(
        "10",
        "1999",
        "2026",
        "555",
        "0199",
        "3:05",
        "1/2",
        "25",
        "Nov",
        "$1.5",
        "50%",
        "5'11\"",
        "1e9",
      ),
      fc.string({ unit: "grapheme", maxLength: 3 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(""));

describe("normaliseForSpeech", () => {
  it.each(pairs)("reads $in", ({ in: written, out }) => {
    expect(normaliseForSpeech(written)).toBe(out);
  });

  it("has no pair twice", () => {
    expect(new Set(pairs.map((pair) => pair.in)).size).toBe(pairs.length);
  });

  it("gives nothing but words and pauses, whatever it is given", () => {
    fc.assert(
      fc.property(fc.oneof(writtenText, fc.string({ unit: "binary", maxLength: 80 })), (text) => {
        expect(normaliseForSpeech(text)).toMatch(spoken);
      }),
      { numRuns: 1_000 },
    );
  });

  it("leaves its own result alone", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          writtenText,
          fc.constantFrom(...pairs).map((pair) => pair.in),
        ),
        (text) => {
          const once = normaliseForSpeech(text);
          expect(normaliseForSpeech(once)).toBe(once);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("loses no text that is longer than a block", () => {
    const long = "one two three ".repeat(2_000).trim();
    expect(normaliseForSpeech(long)).toBe(long);
  });

  it.each([
    "1",
    "a",
    " ",
    "(",
    "*",
    "1,",
    "a.",
    "1-",
    "A.B",
    "[",
    "|",
    "_a",
    "http://",
    "$1",
    "\n",
    "-",
    "<a ",
    "a@",
    "1/",
    "I",
    "1:",
    "S ",
    "=",
    "'",
  ])("takes time in proportion to the length of many %j", (part) => {
    // Counted against itself: eight times the text may cost at most forty times as long, where a quadratic rule costs sixty-four
    // times and an exponential one never ends. The floor keeps a busy machine from failing it.
    const timed = (length: number): number => {
      const start = systemClock.monotonic();
      normaliseForSpeech(part.repeat(Math.ceil(length / part.length)));
      return systemClock.monotonic() - start;
    };
    timed(4_000);
    expect(timed(16_000)).toBeLessThan(Math.max(40 * timed(2_000), 1_000));
  });
});
