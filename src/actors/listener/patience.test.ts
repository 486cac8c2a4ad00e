import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { finishedBy, isEnglish, isLeftOpen, shortestSilence, silenceFor } from "./patience.ts";

const longest = { low: 8_000, medium: 4_000, auto: 4_000, high: 2_000 } as const;
const eagernesses = ["low", "medium", "auto", "high"] as const;
const probability = fc.double({ min: 0, max: 1, noNaN: true });

describe("silenceFor", () => {
  it.each(eagernesses)(
    "[SEM-2] %s waits longer the less finished it sounds, within its bounds",
    (eagerness) => {
      expect(silenceFor(eagerness, 1)).toBe(shortestSilence(eagerness));
      expect(silenceFor(eagerness, 0)).toBeCloseTo(longest[eagerness]);
      expect(silenceFor(eagerness, 0.6)).toBeLessThan(silenceFor(eagerness, 0.4));
      fc.assert(
        fc.property(probability, probability, (one, other) => {
          const [less, more] = [Math.min(one, other), Math.max(one, other)];
          expect(silenceFor(eagerness, more)).toBeLessThanOrEqual(silenceFor(eagerness, less));
          expect(silenceFor(eagerness, less)).toBeLessThanOrEqual(longest[eagerness] + 1e-6);
          expect(silenceFor(eagerness, more)).toBeGreaterThanOrEqual(shortestSilence(eagerness));
        }),
      );
    },
  );

  it("[SEM-2] waits longer the less eager it is", () => {
    for (const finished of [undefined, 0, 0.3, 0.5, 0.8, 1]) {
      const [low, medium, auto, high] = eagernesses.map((eagerness) => silenceFor(eagerness, finished));
      expect(high).toBeLessThan(medium!);
      expect(medium).toBeLessThan(low!);
      expect(auto).toBe(medium);
    }
  });

  it("lies in between when nobody knows", () => {
    expect(silenceFor("medium")).toBeGreaterThan(1_000);
    expect(silenceFor("medium")).toBeLessThan(1_500);
  });
});

describe("isLeftOpen", () => {
  it.each([
    ["I would like to book a table for.", true],
    ["I would like to book a table for two.", false],
    ["I need to go to the.", true],
    ["Um.", true],
    ["So, I was wondering if", true],
    ["Please call me back because...", true],
    ["What is it made of?", false],
    ["Tell me where you are from", false],
    ["It is made of", true],
    ["Who's that for?", false],
    ["Turn it on.", false],
    ["Come in", false],
    ["", false],
    ["…", false],
    ["Canada", false],
  ])("%j: %s", (text, open) => {
    expect(isLeftOpen(text)).toBe(open);
  });
});

it.each([
  [undefined, true],
  ["en", true],
  ["en-GB", true],
  ["EN", true],
  ["de", false],
  ["enm", false],
])("judges words in %s: %s", (tag, judged) => {
  expect(isEnglish(tag)).toBe(judged);
});

describe("finishedBy", () => {
  it.each([
    ["the sound alone", 0.9, undefined, 0.9],
    ["the sound of a whole sentence", 0.9, "It is done.", 0.9],
    ["a falling voice in mid-sentence", 0.99, "This is the", 0.1],
    ["what sounds open anyway", 0.02, "This is the", 0.02],
    ["words alone", undefined, "This is the", 0.1],
    ["nothing", undefined, "It is done.", undefined],
  ])("by %s", (_name, sounded, text, expected) => {
    expect(finishedBy(sounded, text)).toBe(expected);
  });
});
