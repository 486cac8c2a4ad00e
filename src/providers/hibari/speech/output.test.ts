import { describe, expect, it } from "vitest";
import { createChunker } from "./chunker.ts";
import { hop } from "./frames.ts";
import { toPcm16 } from "./pcm.ts";
import { createSilenceTrim } from "./silence.ts";

const frames = (count: number, value: number): Float32Array => new Float32Array(count * hop).fill(value);
const total = (pieces: readonly { readonly length: number }[]): number =>
  pieces.reduce((sum, piece) => sum + piece.length, 0);

describe("createSilenceTrim", () => {
  it("keeps 25 ms before the first sound", () => {
    const trim = createSilenceTrim();
    expect(total(trim.push(frames(20, 0)))).toBe(0);
    expect(total(trim.push(frames(1, 0.1)))).toBe(3 * hop);
  });

  it("keeps a pause inside the speech whole", () => {
    const trim = createSilenceTrim();
    trim.push(frames(1, 0.1));
    expect(total(trim.push(frames(30, 0)))).toBe(0);
    expect(total(trim.push(frames(1, 0.1)))).toBe(31 * hop);
  });

  it.each([0, 3, 40])("ends with the asked pause, %i silent frames before", (silentFrames) => {
    const trim = createSilenceTrim();
    trim.push(frames(1, 0.1));
    trim.push(frames(silentFrames, 0.0005));
    const [pause] = trim.finish(3_000);
    expect(pause).toHaveLength(3_000);
    expect(pause!.filter((sample) => sample !== 0)).toHaveLength(Math.min(silentFrames * hop, 3_000));
  });

  it("gives nothing for a piece without sound", () => {
    const trim = createSilenceTrim();
    trim.push(frames(10, 0));
    expect(trim.finish(3_000)).toEqual([]);
  });
});

describe("createChunker", () => {
  it.each([1, 300, 479, 480, 2_879, 2_880, 2_881, 10_000])("cuts %i samples into 20–120 ms", (length) => {
    const chunker = createChunker();
    const chunks = [...chunker.push(new Float32Array(length).fill(0.5)), ...chunker.finish()];
    for (const chunk of chunks) {
      expect(chunk.length).toBeGreaterThanOrEqual(480);
      expect(chunk.length).toBeLessThanOrEqual(2_880);
    }
    const heard = chunks.reduce((sum, chunk) => sum + chunk.filter((sample) => sample !== 0).length, 0);
    expect(heard).toBe(length);
    expect(chunker.finish()).toEqual([]);
  });
});

describe("toPcm16", () => {
  it("is exact where speech lies and never reaches full scale", () => {
    const pcm = toPcm16(Float32Array.from([0, 0.5, -0.5, 0.8, 1, -5, 1e9]));
    expect([...pcm.subarray(0, 3)]).toEqual([0, 16_384, -16_383]);
    expect(Math.max(...pcm)).toBeLessThan(32_767);
    expect(Math.min(...pcm)).toBeGreaterThan(-32_768);
    expect(pcm[4]).toBeGreaterThan(pcm[3]!);
  });
});
