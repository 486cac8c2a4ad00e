import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatSamples } from "./pcm.ts";
import { type AudioRate, Resampler, designFilter, resample, toListenTo, toRecognise } from "./resample.ts";

const rates: readonly AudioRate[] = [8_000, 16_000, 24_000, 44_100, 48_000];
const pairs = rates.flatMap((from) => rates.filter((to) => to !== from).map((to) => [from, to] as const));

function sine(hz: number, rate: number, count: number, amplitude = 30_000): Int16Array {
  return Int16Array.from({ length: count }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / rate)),
  );
}

/** Level of the samples against a full-scale sine, dB; edges, where the stream begins and ends, left out. */
function levelDb(samples: ArrayLike<number>, edge: number): number {
  let sum = 0;
  for (let i = edge; i < samples.length - edge; i += 1) sum += samples[i]! ** 2;
  return 20 * Math.log10(Math.sqrt((2 * sum) / (samples.length - 2 * edge)) / 32_768 + 1e-9);
}

describe("resampler", () => {
  it.each(pairs)("%i → %i: passes speech with more than 90 dB of signal to noise", (from, to) => {
    const lower = Math.min(from, to);
    for (const part of [0.01, 0.05, 0.12, 0.2, 0.3, 0.38]) {
      const hz = lower * part;
      const output = resample(sine(hz, from, from / 4), from, to);
      const error = Float64Array.from(output, (y, k) => y - 30_000 * Math.sin((2 * Math.PI * hz * k) / to));
      expect(levelDb(output, 200) - levelDb(error, 200)).toBeGreaterThan(90);
    }
  });

  it.each(pairs.filter(([from, to]) => from > to))("%i → %i: nothing folds back above −92 dB", (from, to) => {
    for (let hz = to / 2; hz <= from / 2; hz += (from - to) / 2 / 12) {
      const output = resample(sine(hz, from, from / 4, 32_000), from, to);
      expect(levelDb(output, 200)).toBeLessThan(-92);
    }
  });

  const qualities = [
    { quality: toListenTo, limitDb: -92 },
    { quality: toRecognise, limitDb: -49 },
  ];
  const filters = pairs.flatMap(([from, to]) => qualities.map((each) => ({ from, to, ...each })));
  it.each(filters)("$from → $to: the filter itself stays below $limitDb dB in its stop band", (given) => {
    const { from, to, quality, limitDb } = given;
    const { up, down, reach, weights } = designFilter(from, to, quality);
    // The rows interleaved are one low-pass filter at `up` times the input rate.
    const prototype = Array.from({ length: up * 2 * reach }, (_, n) => {
      const phase = (up - (n % up)) % up;
      const j = Math.floor((n + up - 1) / up);
      return j < 2 * reach ? weights[phase * 2 * reach + j]! / up : 0;
    });
    const stop = 0.5 / Math.max(up, down); // in cycles per sample at that rate
    for (const f of Array.from({ length: 60 }, (_, i) => stop + ((0.5 - stop) * i) / 60)) {
      let re = 0;
      let im = 0;
      for (const [n, h] of prototype.entries()) {
        re += h * Math.cos(2 * Math.PI * f * n);
        im += h * Math.sin(2 * Math.PI * f * n);
      }
      expect(20 * Math.log10(Math.hypot(re, im))).toBeLessThan(limitDb);
    }
  });

  it("passes what a recogniser needs, flat", () => {
    for (const hz of [300, 3_000, 6_000]) {
      const resampler = new Resampler(24_000, 16_000, toRecognise);
      const output = resampler.push(sine(hz, 24_000, 6_000));
      expect(levelDb(output, 200)).toBeCloseTo(levelDb(sine(hz, 16_000, 4_000), 200), 1);
    }
  });

  const pair = fc.constantFrom(...pairs);
  const cuts = fc.array(fc.nat({ max: 700 }), { maxLength: 12 });
  it("gives the same ceil(n · to / from) samples however the input is cut", () => {
    fc.assert(
      fc.property(
        pair,
        fc.array(fc.integer({ min: -32_768, max: 32_767 }), { maxLength: 3_000 }),
        cuts,
        ([from, to], values, lengths) => {
          const input = Int16Array.from(values);
          const resampler = new Resampler(from, to);
          const pieces: Int16Array[] = [];
          let at = 0;
          for (const length of [...lengths, input.length]) {
            pieces.push(resampler.push(input.subarray(at, at + length)));
            at += length;
          }
          pieces.push(resampler.flush());
          const whole = resample(input, from, to);
          expect(whole.length).toBe(Math.ceil((input.length * to) / from));
          expect(concatSamples(pieces)).toEqual(whole);
        },
      ),
    );
  });

  it("handles chunks above its block size, and serves another stream after flush", () => {
    const input = sine(440, 24_000, 50_000);
    const resampler = new Resampler(24_000, 16_000);
    for (let i = 0; i < 2; i += 1) {
      const pieces = [resampler.push(input.subarray(0, 20_001)), resampler.push(input.subarray(20_001))];
      expect(concatSamples([...pieces, resampler.flush()])).toEqual(resample(input, 24_000, 16_000));
    }
  });

  it("saturates instead of wrapping where the filter overshoots", () => {
    const square = Int16Array.from({ length: 4_000 }, (_, i) => (i % 40 < 20 ? 32_767 : -32_768));
    const output = resample(square, 24_000, 16_000);
    expect(Math.max(...output)).toBe(32_767);
    const edges = output.slice(1).map((y, i) => Math.sign(y) * Math.sign(output[i]!));
    expect(edges.filter((sign) => sign < 0).length).toBeLessThanOrEqual(2 * (4_000 / 40));
  });

  it("copies when both rates are the same", () => {
    const input = sine(440, 16_000, 100);
    const output = new Resampler(16_000, 16_000).push(input);
    expect(output).toEqual(input);
    expect(output.buffer).not.toBe(input.buffer);
  });
});
