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
