import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Samples, median, slope } from "./percentiles.ts";

const samplesOf = (values: readonly number[]): Samples => {
  const samples = new Samples();
  for (const value of values) samples.add(value);
  return samples;
};

describe("percentiles", () => {
  it("are measured values: half of 1 to 10 do not exceed 5, and 99 % of them need the largest", () => {
    const samples = samplesOf([10, 1, 9, 2, 8, 3, 7, 4, 6, 5]);
    expect([samples.percentile(50), samples.percentile(90), samples.percentile(99), samples.max]).toEqual([
      5, 9, 10, 10,
    ]);
  });

  it("are right again after more was added, and beyond the room there is at first", () => {
    const samples = samplesOf(Array.from({ length: 1_500 }, (_, i) => 1_500 - i));
    expect(samples.percentile(50)).toBe(750);
    for (let i = 0; i < 1_500; i += 1) samples.add(0);
    expect(samples.percentile(50)).toBe(0);
    expect(samples.percentile(51)).toBe(30);
  });

  it("are the smallest value that enough others do not exceed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 100 }),
        (values, percent) => {
          const found = samplesOf(values).percentile(percent) ?? Number.NaN;
          const upTo = (limit: number) => values.filter((value) => value <= limit).length;
          expect(values).toContain(found);
          expect(upTo(found)).toBeGreaterThanOrEqual((percent / 100) * values.length - 1e-9);
          const below = values.filter((value) => value < found);
          expect(below.length).toBeLessThan((percent / 100) * values.length);
        },
      ),
    );
  });

  it("of nothing are unknown, not zero", () => {
    expect([new Samples().percentile(50), new Samples().max, median([])]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

it("takes the middle run as the median, or the mean of the two in the middle", () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5]);
});

it("finds what one more costs, also when the points are not quite on a line", () => {
  expect(slope([100, 400, 700, 1_000].map((x) => ({ x, y: 80 + 0.25 * x })))).toBeCloseTo(0.25);
  expect(slope([0, 1, 2, 3].map((x) => ({ x, y: x % 2 })))).toBeCloseTo(0.2);
  expect(slope([{ x: 5, y: 1 }])).toBeUndefined();
});
