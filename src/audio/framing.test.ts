import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Framer, chunksOf } from "./framing.ts";
import { concatSamples } from "./pcm.ts";

describe("framing", () => {
  it("gives whole frames only, loses and reorders nothing", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.nat({ max: 50 })), (frameSamples, lengths) => {
        const framer = new Framer(frameSamples);
        const total = lengths.reduce((sum, length) => sum + length, 0);
        const input = Int16Array.from({ length: total }, (_, i) => i);
        const pieces: Int16Array[] = [];
        let at = 0;
        for (const length of lengths) {
          const frames = framer.push(input.subarray(at, at + length));
          at += length;
          expect(frames.length % frameSamples).toBe(0);
          expect(framer.pending).toBe(at % frameSamples);
          pieces.push(frames);
        }
        expect(concatSamples([...pieces, framer.flush()])).toEqual(input);
        expect(framer.pending).toBe(0);
      }),
    );
  });

  it("cuts chunks with a shorter last one", () => {
    expect([...chunksOf(Int16Array.of(1, 2, 3, 4, 5), 2)].map((c) => [...c])).toEqual([[1, 2], [3, 4], [5]]);
    expect([...chunksOf(new Int16Array(0), 2)]).toEqual([]);
  });
});
