import { describe, expect, it } from "vitest";
import { type SpectrumFrames, bins, hop, sampleRate } from "./frames.ts";
import { createNormalPairs, seedOf } from "./noise.ts";
import { createPulseTrain } from "./pulses.ts";
import { vocode } from "./vocoder.ts";

const silent = -20;
/** A steady sound: every part silent but what `parts` says. */
function steady(
  count: number,
  f0: number,
  parts: Partial<Record<"harmonic" | "noise" | "free", number>>,
): SpectrumFrames {
  const filled = (value: number): Float32Array => new Float32Array(bins * count).fill(value);
  return {
    count,
    harmonic: filled(parts.harmonic ?? silent),
    theta: filled(0),
    noise: filled(parts.noise ?? silent),
    free: filled(parts.free ?? silent),
    phi: filled(0),
    f0: new Float32Array(count).fill(f0),
  };
}
const samplesOf = (frames: SpectrumFrames, seed = 1): Float32Array =>
  Float32Array.from([...vocode(frames, createNormalPairs(seed), 8)].flatMap((chunk) => Array.from(chunk)));
const rms = (samples: Float32Array): number =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);

describe("createPulseTrain", () => {
  it("is the sum of all harmonics at or below 11 kHz", () => {
    const train = createPulseTrain(new Float32Array(4).fill(200));
    train.extend(4);
    for (const n of [7, 300, 601, 1_100]) {
      const angle = (2 * Math.PI * 200 * (n + 1)) / sampleRate;
      let sum = 0;
      for (let h = 1; h <= 55; h++) sum += Math.cos(h * angle);
      expect(train.samples[n]).toBeCloseTo(sum, 3);
    }
  });

  it("takes the limit at the pulse itself and is silent where unvoiced", () => {
    const voiced = createPulseTrain(new Float32Array(2).fill(240));
    voiced.extend(2);
    expect(Math.max(...voiced.samples)).toBeCloseTo(45, 1); // 11,000 / 240 harmonics
    const unvoiced = createPulseTrain(new Float32Array(2));
    unvoiced.extend(2);
    expect(unvoiced.samples.every((sample) => sample === 0)).toBe(true);
  });

  it("gives the same samples whether made at once or frame by frame", () => {
    const f0 = Float32Array.from([0, 120, 180, 0, 210]);
    const [atOnce, stepwise] = [createPulseTrain(f0), createPulseTrain(f0)];
    atOnce.extend(99);
    for (let frame = 1; frame <= 5; frame++) stepwise.extend(frame);
    expect(stepwise.samples).toEqual(atOnce.samples);
  });
});

describe("vocode", () => {
  it("makes hop samples per frame in chunks of the asked size", () => {
    const chunks = [...vocode(steady(20, 150, { harmonic: 0 }), createNormalPairs(1), 8)];
    expect(chunks.map((chunk) => chunk.length)).toEqual([8 * hop, 8 * hop, 4 * hop]);
  });

  it("gives the pulses back through a filter of magnitude 1, scaled by the analysis window", () => {
    const frames = steady(12, 200, { harmonic: 0 });
    const pulses = createPulseTrain(frames.f0);
    pulses.extend(12);
    const samples = samplesOf(frames);
    // Analysis by Hann/300, synthesis by Hann over its summed square: the pulses ÷ 300, away from the two ends.
    for (let n = 3 * hop; n < 9 * hop; n++) expect(samples[n]).toBeCloseTo(pulses.samples[n]! / 300, 4);
  });

  it("makes noise of the loudness that the spectrum says, and another for another seed", () => {
    const frames = steady(80, 0, { noise: 0 });
    const samples = samplesOf(frames);
    // Per frame 601 bins with 2 parts of variance 1 → variance 2/1200 per sample, halved again by the overlap.
    expect(rms(samples.subarray(1_200, -1_200))).toBeCloseTo(Math.sqrt(2 / 1_200 / 1.5), 2);
    expect(samplesOf(frames)).toEqual(samples);
    expect(samplesOf(frames, 2)).not.toEqual(samples);
  });

  it("stays finite for a network that lost its mind, and silent for silence", () => {
    expect(samplesOf(steady(6, 4_000, { harmonic: 1e6, noise: 1e6, free: 1e6 })).every(Number.isFinite)).toBe(
      true,
    );
    expect(rms(samplesOf(steady(6, 150, {})))).toBeLessThan(1e-7);
    expect([...vocode(steady(0, 0, {}), createNormalPairs(1), 8)]).toEqual([]);
  });
});

describe("createNormalPairs", () => {
  it("draws values with mean 0, variance 1 and no relation within a pair", () => {
    const pairs = createNormalPairs(seedOf("hello"));
    let [sum, squares, products, beyondTwo] = [0, 0, 0, 0];
    const draws = 50_000;
    for (let i = 0; i < draws; i++) {
      pairs.draw();
      sum += pairs.first + pairs.second;
      squares += pairs.first ** 2 + pairs.second ** 2;
      products += pairs.first * pairs.second;
      beyondTwo += Number(Math.abs(pairs.first) > 2);
    }
    expect(sum / draws / 2).toBeCloseTo(0, 1);
    expect(squares / draws / 2).toBeCloseTo(1, 1);
    expect(products / draws).toBeCloseTo(0, 1);
    expect(beyondTwo / draws).toBeCloseTo(0.0455, 2);
  });
});
