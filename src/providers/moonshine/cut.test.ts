import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatSamples } from "../../audio/pcm.ts";
import { cutAtPauses, pieceSamplesMax } from "./cut.ts";

/** Loud everywhere but in the pauses, given in seconds. */
function speech(seconds: number, pauses: readonly (readonly [number, number])[]): Int16Array {
  return Int16Array.from({ length: Math.round(seconds * 16_000) }, (_, i) => {
    const isPause = pauses.some(([from, to]) => i >= from * 16_000 && i < to * 16_000);
    return isPause ? 3 * ((i % 3) - 1) : 8_000 * Math.sin(i * 0.1);
  });
}

describe("cutAtPauses", () => {
  it("leaves 15 s whole and cuts longer speech inside its pause", () => {
    expect(cutAtPauses(speech(15, []))).toHaveLength(1);
    const pieces = cutAtPauses(speech(20, [[11, 11.4]]));
    expect(pieces).toHaveLength(2);
    expect(pieces[0]!.length / 16_000).toBeGreaterThan(11.05);
    expect(pieces[0]!.length / 16_000).toBeLessThan(11.35);
  });

  it("loses nothing; pieces stay within 15 s, and none but an only one is below 1 s", () => {
    const pause = fc.double({ min: 0, max: 60, noNaN: true }).map((at) => [at, at + 0.3] as const);
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 60, noNaN: true }),
        fc.array(pause, { maxLength: 5 }),
        (seconds, pauses) => {
          const samples = speech(seconds, pauses);
          const pieces = cutAtPauses(samples);
          expect(Buffer.compare(bytesOf(concatSamples(pieces)), bytesOf(samples))).toBe(0);
          expect(Math.max(0, ...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(pieceSamplesMax);
          const shortest = Math.min(...pieces.map((piece) => piece.length));
          expect(pieces.length <= 1 || shortest >= 16_000).toBe(true);
        },
      ),
      { numRuns: 15 },
    );
  });
});

function bytesOf(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}
