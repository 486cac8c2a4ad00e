import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SegmentSpeech } from "../response/messages.ts";
import { cutAt, heardWithin, newSpoken, samplesPerMs, sentMs, withSegment, withSent } from "./spoken.ts";
import type { Spoken } from "./spoken.ts";

const samples = (ms: number): number => ms * samplesPerMs;

type Part = Pick<SegmentSpeech, "text"> & Partial<SegmentSpeech> & { readonly ms?: number };

/** An item of these segments, of whose audio so much was sent: all that is there when absent. */
function item(parts: readonly Part[], sent?: number): Spoken {
  let offset = 0;
  let spoken = newSpoken(1);
  for (const [segment, { text, ms, ...more }] of parts.entries()) {
    const length = ms === undefined ? undefined : samples(ms);
    const speech = { segment, offset, text, marks: undefined, length, broken: false, ...more };
    spoken = withSegment(spoken, speech);
    offset += text.length;
  }
  const all = parts.reduce((sum, { ms = 0 }) => sum + ms, 0);
  return withSent(spoken, samples(sent ?? all));
}
/** A word ends every 100 ms. */
const marksOf = (text: string) =>
  Array.from(text.matchAll(/\S+/g), ({ 0: word, index }, n) => ({
    chars: index + word.length,
    samples: samples(100 * (n + 1)),
  }));
const heard = (spoken: Spoken, ms: number): string => heardWithin(spoken, ms).text;

describe("what was heard of speech whose words are marked", () => {
  const first = "It costs $3.50, sir. ";
  const marked = item([
    { text: first, marks: marksOf(first), ms: 450 },
    { text: "Five six.", marks: marksOf("Five six."), ms: 250 },
  ]);
  it.each([
    [0, ""],
    [99, ""],
    [100, "It"],
    [299, "It costs"],
    [300, "It costs $3.50,"],
    [400, "It costs $3.50, sir."],
    [549, "It costs $3.50, sir."],
    [550, "It costs $3.50, sir. Five"],
    [700, "It costs $3.50, sir. Five six."],
    [Infinity, "It costs $3.50, sir. Five six."],
  ])("%i ms", (ms, text) => {
    const { text: found, chars } = heardWithin(marked, ms);
    expect(found).toBe(text);
    expect(`${first}Five six.`.slice(0, chars)).toBe(text);
  });

  it("is nothing while no mark of a segment that is still being spoken is known", () => {
    expect(heard(item([{ text: "Extraordinarily long.", marks: [] }], 900), 900)).toBe("");
    expect(heard(item([{ text: "One two.", marks: marksOf("One") }], 900), 900)).toBe("One");
  });

  it("counts to the end of the segment a word that has no mark", () => {
    const spoken = item([{ text: "One ☺ two ☺ ", marks: marksOf("One"), ms: 300 }]);
    expect(heard(spoken, 299)).toBe("One");
    expect(heard(spoken, 300)).toBe("One ☺ two ☺");
  });
});

describe("what was heard of speech without marks", () => {
  const parts = [
    { text: "One two three four. ", ms: 400 },
    { text: "Five six.", ms: 180 },
  ];
  it.each([
    ["less than a word", 59, ""],
    ["a word by its share of the characters", 60, "One"],
    ["the last word of a segment only at its end", 399, "One two three"],
    ["the first segment", 400, "One two three four."],
    ["half of the second", 500, "One two three four. Five"],
    ["all", 580, "One two three four. Five six."],
  ])("%s", (_name, ms, text) => {
    expect(heard(item(parts), ms)).toBe(text);
  });

  it("goes by what a character usually takes while the segment is still being spoken", () => {
    const text = "One two three.";
    expect(heard(item([{ text }], 190), 190)).toBe("");
    expect(heard(item([{ text }], 200), 200)).toBe("One");
    const slow = { ...item([{ text }], 200), perCharacter: newSpoken(0.5).perCharacter };
    expect(heard(slow, 200)).toBe("");
    expect(heard(item([{ text }], 9_000), 9_000)).toBe("One two");
  });

  it("counts a segment without sound as soon as what follows it is heard", () => {
    const spoken = item([
      { text: "One. ", ms: 100 },
      { text: "* * * ", ms: 0 },
      { text: "Two.", ms: 100 },
    ]);
    expect(heard(spoken, 100)).toBe("One.");
    expect(heard(spoken, 101)).toBe("One. * * *");
  });
});

it("leaves out what a voice that failed did not come to, and goes on behind it", () => {
  const text = "One two three. ";
  const spoken = item([
    { text, marks: marksOf("One two"), ms: 250, broken: true },
    { text: "Four.", ms: 100 },
  ]);
  expect(heard(spoken, 250)).toBe("One two");
  expect(heard(spoken, 350)).toBe("One two Four.");
});

it("hears no more than was sent, and no more than is left after a cut", () => {
  const text = "One two three.";
  const spoken = item([{ text, marks: marksOf(text), ms: 300 }], 250);
  expect(heard(spoken, 300)).toBe("One two");
  const cut = cutAt(spoken, 199);
  expect(sentMs(cut)).toBe(199);
  const later = withSent(withSegment(cut, { ...cut.segments[0]!, marks: [], length: 1 }), samples(500));
  expect(later).toBe(cut);
  expect(heard(cut, Infinity)).toBe("One");
  expect(heard(cutAt(cut, 250), 250)).toBe("One");
});

it("is told anew only what has changed", () => {
  const spoken = item([{ text: "One two.", marks: [] }]);
  const speech = spoken.segments[0]!;
  expect(withSegment(spoken, { ...speech })).toBe(spoken);
  const marks = marksOf("One");
  expect(withSegment(spoken, { ...speech, marks }).segments).toEqual([{ ...speech, marks }]);
});

it.each([
  [0, 0],
  [24, 1],
  [25, 2],
  [16_800, 700],
])("%i samples are %i ms, a part of one counted whole", (sent, ms) => {
  expect(sentMs(withSent(newSpoken(1), sent))).toBe(ms);
});

it("grows with the time, up to the whole, and is always where the text stops being heard", () => {
  const part = fc.record({
    text: fc.stringMatching(/^(?:\w{1,5} ){1,6}$/),
    ms: fc.integer({ min: 1, max: 900 }),
  });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), fc.nat(4_000), fc.nat(4_000), (parts, one, other) => {
      const whole = parts.map(({ text }) => text).join("");
      const shorter = heardWithin(item(parts), Math.min(one, other));
      const longer = heardWithin(item(parts), Math.max(one, other));
      for (const { text, chars } of [shorter, longer]) expect(whole.slice(0, chars)).toBe(text);
      expect(longer.text.startsWith(shorter.text)).toBe(true);
      expect(heardWithin(item(parts), Infinity).text).toBe(whole.trimEnd());
    }),
  );
});
