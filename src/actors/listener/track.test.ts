import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Track } from "./track.ts";

const counting = (from: number, length: number): Int16Array =>
  Int16Array.from({ length }, (_, i) => from + i);

describe("Track", () => {
  it("gives back what was put in, as far as it is still there", () => {
    const slices = fc.array(fc.nat(12), { maxLength: 12 });
    fc.assert(
      fc.property(slices, fc.nat(120), fc.nat(120), fc.nat(120), (sizes, trimmed, one, other) => {
        const track = new Track();
        for (const size of sizes) track.append(counting(track.end, size));
        track.trim(trimmed);
        expect(track.start).toBeLessThanOrEqual(Math.min(Math.max(trimmed, 0), track.end));
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        const begin = Math.max(from, track.start);
        const expected = counting(begin, Math.max(0, Math.min(to, track.end) - begin));
        expect(track.slice(from, to)).toEqual(expected);
      }),
    );
  });

  it("never shows one track what another was given, though they use each other's memory again", () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ of: fc.nat(2), add: fc.integer({ min: 1, max: 20_000 }) }) },
      { weight: 2, arbitrary: fc.record({ of: fc.nat(2), trim: fc.nat(60_000) }) },
      { weight: 1, arbitrary: fc.record({ of: fc.nat(2), discard: fc.constant(true) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const tracks = [0, 1, 2].map(() => new Track());
        /** What those that were discarded still show, samples. */
        const left: number[] = [];
        for (const one of steps) {
          const track = tracks[one.of]!;
          if ("add" in one) track.append(new Int16Array(one.add).fill(one.of + 1));
          else if ("trim" in one) track.trim(one.trim);
          else {
            track.discard();
            const { end } = track;
            tracks[one.of] = new Track(end);
            left.push(track.slice(0, end).length);
          }
          for (const [of, { start, end }] of tracks.entries())
            expect(tracks[of]!.slice(start, end).every((sample) => sample === of + 1)).toBe(true);
        }
        expect(left.every((samples) => samples === 0)).toBe(true);
      }),
    );
  });

  it.each([
    [1.5, 6],
    [1.5, 4.5],
    [2, 4.5],
  ])("takes positions between two samples: %d to %d", (from, to) => {
    const track = new Track();
    for (let at = 0; at < 12; at += 3) track.append(counting(at, 3));
    expect(track.slice(from, to)).toEqual(counting(Math.floor(from), Math.floor(to) - Math.floor(from)));
  });
});
