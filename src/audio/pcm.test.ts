import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  PcmReader,
  bytesFromSamples,
  concatSamples,
  floatFromSamples,
  peakOf,
  rmsOf,
  samplesFromBytes,
} from "./pcm.ts";

describe("pcm", () => {
  it("reads little-endian samples at an odd offset of a larger buffer", () => {
    const buffer = Uint8Array.of(99, 0x01, 0x00, 0xff, 0xff, 0x00, 0x80);
    expect([...samplesFromBytes(buffer.subarray(1))]).toEqual([1, -1, -32_768]);
  });

  const samples = fc
    .array(fc.integer({ min: -32_768, max: 32_767 }))
    .map((values) => Int16Array.from(values));
  it("a stream cut anywhere reads as the whole", () => {
    fc.assert(
      fc.property(samples, fc.array(fc.nat({ max: 9 })), (whole, lengths) => {
        const bytes = bytesFromSamples(whole);
        const reader = new PcmReader();
        const pieces: Int16Array[] = [];
        let at = 0;
        for (const length of [...lengths, bytes.length]) {
          pieces.push(reader.read(bytes.subarray(at, at + length)));
          at += length;
        }
        expect(concatSamples(pieces)).toEqual(whole);
      }),
    );
  });

  it("forgets half a sample on reset", () => {
    const reader = new PcmReader();
    reader.read(Uint8Array.of(7));
    reader.reset();
    expect([...reader.read(Uint8Array.of(1, 0))]).toEqual([1]);
  });

  it("measures peak and rms against full scale", () => {
    expect(peakOf(Int16Array.of(3, -32_768))).toBe(1);
    expect(rmsOf(Int16Array.of(16_384, -16_384))).toBe(0.5);
    expect(rmsOf(new Int16Array(0))).toBe(0);
    expect([...floatFromSamples(Int16Array.of(-32_768, 16_384))]).toEqual([-1, 0.5]);
  });
});
