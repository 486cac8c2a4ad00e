import fc from "fast-check";
import { expect, it } from "vitest";
import { concatSamples } from "../../audio/pcm.ts";
import { Resampler, toRecognise } from "../../audio/resample.ts";
import { Heard } from "./heard.ts";
import { Track } from "./track.ts";

const noise = (length: number, seed: number): Int16Array =>
  Int16Array.from({ length }, (_, i) => ((i + seed) * 7_919 * ((i % 13) + 1)) % 20_000);

/** The recogniser's filter works in whole numbers, whose rounding is about this much of a full-scale signal. */
const stepsMax = 4;

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ add: fc.integer({ min: 1, max: 700 }) }) },
  { weight: 2, arbitrary: fc.record({ from: fc.nat(3_000), length: fc.nat(900) }) },
  { weight: 1, arbitrary: fc.record({ follow: fc.nat(3_000) }) },
  { weight: 1, arbitrary: fc.record({ trim: fc.nat(2_000) }) },
);

it("gives the samples that a stream would, to a few steps, whenever which part is asked for", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(40), (steps, origin) => {
      const start = 2 * origin;
      const kept = new Track(1.5 * start);
      const heard = new Heard(kept);
      let received = new Int16Array();
      let trimmed = start;
      const compare = (at: number, length: number): void => {
        const stream = new Resampler(24_000, 16_000, toRecognise);
        const settled = stream.push(received);
        expect(Math.max(start, heard.settledEnd)).toBe(start + settled.length);
        const whole = concatSamples([settled, stream.flush()]);
        const from = Math.max(trimmed, start + at);
        const to = Math.max(from, Math.min(from + length, heard.end));
        const expected = whole.slice(from - start, to - start);
        const got = heard.slice(from, from + length);
        expect(got.length).toBe(expected.length);
        got.forEach((sample, i) => expect(Math.abs(sample - expected[i]!)).toBeLessThanOrEqual(stepsMax));
      };
      for (const one of steps) {
        if ("add" in one) {
          const samples = noise(one.add, received.length);
          kept.append(samples);
          received = concatSamples([received, samples]);
        } else if ("trim" in one) {
          trimmed = Math.max(trimmed, start + one.trim);
          heard.trim(trimmed);
          compare(0, 50); // what is left begins in the middle of the wave
        } else if ("follow" in one) heard.follow(start + one.follow);
        else compare(one.from, one.length);
      }
    }),
    { numRuns: 300 },
  );
});
