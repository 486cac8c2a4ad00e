import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureTestModels } from "../../../test/support/models.ts";
import { type Recording, readRecordings } from "../../../test/support/recordings.ts";
import { Framer } from "../../audio/framing.ts";
import { concatSamples, rmsOf } from "../../audio/pcm.ts";
import { modelPath } from "../models/models.ts";
import { type VadEngine, vadFrameSamples } from "../vad.ts";
import { createSileroVad } from "./silero.ts";

const frameMs = 32;
let path: string;
let recordings: readonly Recording[];
let vad: VadEngine;
const batches: number[] = [];

beforeAll(async () => {
  path = modelPath(await ensureTestModels(), "silero/silero_vad.onnx");
  recordings = await readRecordings();
  vad = await createSileroVad({ modelPath: path, onBatch: (size) => batches.push(size) });
}, 120_000);
afterAll(() => vad.close());

/** Whole frames only. */
function framesOf(...pieces: readonly Int16Array[]): Int16Array {
  return new Framer(vadFrameSamples).push(concatSamples(pieces));
}

/** Faint noise, the same each time: a microphone's silence. */
function hush(ms: number): Int16Array {
  let seed = 1;
  return Int16Array.from({ length: ms * 16 }, () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.round((seed / 2_147_483_648 - 0.5) * 20);
  });
}

async function judge(samples: Int16Array): Promise<Float32Array> {
  const stream = vad.open();
  const probabilities = await stream.judge(samples);
  stream.close();
  return probabilities;
}

describe("silero", () => {
  it("is sure of silence", async () => {
    for (const silence of [new Int16Array(32_000), hush(2_000)]) {
      expect(Math.max(...(await judge(framesOf(silence))))).toBeLessThan(0.35);
    }
  });

  it("finds the speech in every recording soon after it begins", async () => {
    const lead = 480; // ms, whole frames
    for (const { file, samples } of recordings) {
      const probabilities = await judge(framesOf(hush(lead), samples, hush(960)));
      const found =
        probabilities.findIndex((p, i) => p > 0.5 && probabilities[i + 1]! > 0.5) * frameMs - lead;
      const loudest = Math.max(
        ...Array.from({ length: samples.length / 512 }, (_, i) => rmsOf(frameOf(samples, i))),
      );
      const begins =
        Array.from({ length: samples.length / 512 }, (_, i) => rmsOf(frameOf(samples, i))).findIndex(
          (rms) => rms > loudest / 10,
        ) * frameMs;
      expect(found - begins, `onset in ${file}`).toBeGreaterThanOrEqual(-350);
      expect(found - begins, `onset in ${file}`).toBeLessThanOrEqual(350);
      expect(Math.max(...probabilities.slice(-10)), `end of ${file}`).toBeLessThan(0.35);
    }
  });

  it("judges each stream as if it were alone, whatever shares its batches", async () => {
    const inputs = recordings.map(({ samples }) => framesOf(samples));
    const alone: Float32Array[] = [];
    for (const input of inputs) alone.push(await judge(input));
    batches.length = 0;
    const together = await Promise.all(inputs.map((input) => judge(input)));
    expect(Math.max(...batches)).toBe(inputs.length);
    for (const [i, probabilities] of together.entries()) {
      const worst = probabilities.reduce((most, p, k) => Math.max(most, Math.abs(p - alone[i]![k]!)), 0);
      expect(worst).toBeLessThan(1e-3);
    }
  });

  it("keeps the order of calls within a stream, and resets in between", async () => {
    const samples = framesOf(recordings[0]!.samples).subarray(0, 60 * vadFrameSamples);
    const whole = await judge(samples);
    const stream = vad.open();
    const calls: Promise<Float32Array>[] = [];
    for (let round = 0; round < 2; round += 1) {
      for (let i = 0; i < 60; i += 3) {
        calls.push(Promise.resolve(stream.judge(samples.slice(i * 512, (i + 3) * 512))));
      }
      stream.reset(); // while the calls wait: it counts from here on
    }
    const pieces = await Promise.all(calls);
    const joined = pieces.flatMap((piece) => [...piece]);
    const expected = [...whole, ...whole];
    expect(joined.every((p, i) => Math.abs(p - expected[i]!) < 1e-3)).toBe(true);
    stream.close();
  });

  it("serves more streams than fit a batch", async () => {
    batches.length = 0;
    const samples = framesOf(recordings[1]!.samples).subarray(0, 4 * vadFrameSamples);
    const streams = Array.from({ length: 150 }, () => vad.open());
    const results = await Promise.all(streams.map(async (stream) => stream.judge(samples)));
    for (const stream of streams) stream.close();
    expect(results.every((result) => result.length === 4)).toBe(true);
    expect(Math.max(...batches)).toBe(64);
    expect(batches.reduce((sum, size) => sum + size, 0)).toBe(600);
  });

  it("rejects what waits when a stream closes, and leaves the others alone", async () => {
    const samples = framesOf(recordings[0]!.samples);
    const [kept, closed] = [vad.open(), vad.open()];
    const [going, cut] = [kept.judge(samples), closed.judge(samples)];
    setImmediate(() => closed.close());
    await expect(cut).rejects.toMatchObject({ code: "ERR_CLOSED" });
    await expect(closed.judge(samples)).rejects.toMatchObject({ code: "ERR_CLOSED" });
    expect(await going).toHaveLength(samples.length / vadFrameSamples);
    expect(await kept.judge(new Int16Array(0))).toHaveLength(0);
    kept.close();
    kept.close();
  });

  it("closes with streams open, and says that the model is missing", async () => {
    const other = await createSileroVad({ modelPath: path });
    const going = other.open().judge(framesOf(recordings[0]!.samples));
    await Promise.all([expect(going).rejects.toMatchObject({ code: "ERR_CLOSED" }), other.close()]);
    expect(() => other.open()).toThrow("closed");
    await expect(createSileroVad({ modelPath: `${path}.not` })).rejects.toMatchObject({ code: "ERR_MODELS" });
  });
});

function frameOf(samples: Int16Array, i: number): Int16Array {
  return samples.subarray(i * vadFrameSamples, (i + 1) * vadFrameSamples);
}
