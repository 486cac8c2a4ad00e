import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstSegmentCharsMax, segmentCharsHardMax, SegmentCutter, segmentCharsMax } from "./segments.ts";

function cut(...pushes: readonly string[]): string[] {
  const cutter = new SegmentCutter();
  return [...pushes.flatMap((text) => cutter.push(text)), ...cutter.end()];
}

/** A first segment that is closed by its comma, so that what follows is cut as later segments are. */
const opening = "Here is the answer, ";
function later(text: string): string[] {
  return cut(opening + text).slice(1);
}

const answer = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "Dr. Adams ",
        "e.g. this ",
        "the U.S. market ",
        "3.5 ",
        "v2.1.0 ",
        "10:30 ",
        "$1.5bn, ",
        "No. 5 ",
        "1. ",
        "\n",
        "\n\n- ",
      ),
      fc.constantFrom(
        "word ",
        "Word ",
        "and so on, ",
        "it ended.  ",
        "ten mins. ",
        "then; ",
        "it ended. ",
        "Did it? ",
        "Yes! ",
        "wait… ",
        "well — ",
        "this—that ",
        " ",
        "a",
      ),
      fc.constantFrom(
        "https://example.com/a.b?c=1,2 ",
        "user@example.com. ",
        "Nov. 25, 2026 ",
        "😀",
        "\ud83d",
        "5 km ",
        '"Hi." ',
      ),
      fc.string({ unit: "grapheme", maxLength: 4 }),
    ),
    { maxLength: 120 },
  )
  .map((parts) => parts.join(""));

describe("SegmentCutter", () => {
  it("keeps every character", () => {
    fc.assert(
      fc.property(answer, (text) => {
        expect(cut(text).join("")).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it("gives the same segments however the text arrives", () => {
    fc.assert(
      fc.property(answer, fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 50 }), (text, sizes) => {
        const pushes: string[] = [];
        for (let at = 0, n = 0; at < text.length; n++) {
          const size = sizes[n % sizes.length] ?? 0;
          pushes.push(text.slice(at, at + size));
          at += size;
          if (size === 0) pushes.push(text.slice(at, ++at));
        }
        expect(cut(...pushes)).toEqual(cut(text));
      }),
      { numRuns: 500 },
    );
  });

  it("closes only segments that hold something to say, within the bound", () => {
    fc.assert(
      fc.property(answer, (text) => {
        for (const segment of new SegmentCutter().push(text)) {
          expect(segment).toMatch(/[\p{L}\p{N}]/u);
          expect(segment.length).toBeLessThanOrEqual(segmentCharsHardMax + 1);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["comma", "Sure, I can help, with that.", ["Sure, I can help, ", "with that."]],
    ["semicolon", "That is right; it works.", ["That is right; ", "it works."]],
    ["colon", "Here are the options: two of them.", ["Here are the options: ", "two of them."]],
    ["spaced dash", "I think so – yes.", ["I think so – ", "yes."]],
    ["closed dash", "I think so—yes.", ["I think so—", "yes."]],
    ["sentence", "It is noon. It rains, I see.", ["It is noon. ", "It rains, I see."]],
    ["quotation", "He said “I know.” Then he left.", ["He said “I know.” ", "Then he left."]],
    ["not before three words", "Yes. No, not so. Now.", ["Yes. No, not so. ", "Now."]],
  ])("closes the first segment early: %s", (_, text, segments) => {
    expect(cut(text)).toEqual(segments);
  });

  it("closes the first segment between words when no punctuation comes", () => {
    const [first = ""] = cut("word ".repeat(40));
    expect(first.length).toBeLessThanOrEqual(firstSegmentCharsMax + 5);
    expect(first.endsWith("word ")).toBe(true);
  });

  it("gives a segment out as soon as the next word begins", () => {
    const cutter = new SegmentCutter();
    expect(cutter.push("This is it, ")).toEqual([]);
    expect(cutter.push("a")).toEqual(["This is it, "]);
  });

  it.each(["it is noon. ", "is it noon? ", "it is noon! "])(
    "gives a later segment out at the space when nothing can change its end: %j",
    (text) => {
      const cutter = new SegmentCutter();
      cutter.push(`${opening}x`);
      expect(cutter.push(`x, ${text}`)).toEqual([`xx, ${text}`]);
    },
  );

  it("gives the first segment out at the space, once it has three words", () => {
    const cutter = new SegmentCutter();
    expect(cutter.push("Good night. ")).toEqual([]);
    expect(cutter.push("Sleep well! ")).toEqual(["Good night. Sleep well! "]);
  });

  it.each([
    "we met Dr. ",
    "this is etc. ",
    "in the U.S. ",
    "he said No. ",
    "they are 5. ",
    "it took ten mins. ",
    "it ended... ",
    "it ended?! ",
    "he said it.” ",
    "see example.com. ",
    "it is ok. ",
    "it is over.\n",
  ])("waits for the next word after %j", (text) => {
    const cutter = new SegmentCutter();
    cutter.push(`${opening}x`);
    expect(cutter.push(` ${text}`)).toEqual([]);
  });

  it.each([
    ["One, two. Three! Four? Five", ["One, two. ", "Three! ", "Four? ", "Five"]],
    ["a line\nanother line\n\n- an item", ["a line\n", "another line\n\n", "- an item"]],
    ["So it ended... Next", ["So it ended... ", "Next"]],
    ["He is 5. She is 6.", ["He is 5. ", "She is 6."]],
    ["No. It is not.", ["No. ", "It is not."]],
    ["So do I. You do.", ["So do I. ", "You do."]],
  ])("closes later segments at sentence and line ends: %j", (text, segments) => {
    expect(later(text)).toEqual(segments);
  });

  it.each([
    "Dr. Smith and Mrs. Brown of St. Louis",
    "fruit, e.g. apples, i.e. this",
    "the U.S. Market and J. R. Smith",
    "version 3.5 or v2.1.0 at 10:30 for $1.50",
    "see https://example.com/a.b?c=d or me@example.com now",
    "No. 5 and Fig. 3 on p. 12",
    "1. First",
    "wait... what",
    "“Really?” she said",
    "on Nov. 25, 2026 at 3:05 p.m. Monday",
    "about 10 – 12 people",
  ])("does not cut inside %j", (text) => {
    expect(later(text)).toEqual([text]);
  });

  it.each(["It was Nov. 25, 2026 then", "There are 10 – 12 of them", "It is 1,000 or 3:30"])(
    "does not take %j for clauses",
    (text) => {
      expect(cut(text)).toEqual([text]);
    },
  );

  it("divides a long sentence at a clause, and never a number from its unit", () => {
    const clause = `${"some words ".repeat(18)}at the end, `;
    expect(later(`${clause}${"more words ".repeat(8)}`)[0]).toBe(clause);
    for (let length = 0; length < 40; length++) {
      const text = `${"x".repeat(length + 1)} ${"word ".repeat(40)}${"5 km or $3 million by Dr. Gray ".repeat(6)}`;
      for (const segment of later(text).slice(0, -1)) {
        expect(segment).not.toMatch(/(?:\d|\$3|Dr\.)\s$/);
        expect(segment.length).toBeLessThanOrEqual(segmentCharsMax + 40);
      }
    }
  });

  it("bounds text that has no spaces without dividing a character", () => {
    const segments = cut(`a${"😀".repeat(segmentCharsHardMax)}`);
    expect(segments.length).toBeGreaterThan(1);
    for (const segment of segments) expect(segment).not.toMatch(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/);
  });
});
