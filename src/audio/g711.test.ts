import { describe, expect, it } from "vitest";
import { decodeG711, encodeG711 } from "./g711.ts";

const allCodes = Uint8Array.from({ length: 256 }, (_, i) => i);

describe("G.711", () => {
  // ITU-T G.711 tables 1a, 2a: silence, smallest step and largest value of each law.
  it.each([
    ["mulaw", 0xff, 0],
    ["mulaw", 0x80, 32_124],
    ["mulaw", 0x00, -32_124],
    ["alaw", 0xd5, 8],
    ["alaw", 0x55, -8],
    ["alaw", 0xaa, 32_256],
    ["alaw", 0x2a, -32_256],
  ] as const)("%s: %i is %i", (law, code, sample) => {
    expect(decodeG711(law, Uint8Array.of(code))[0]).toBe(sample);
  });

  it.each(["mulaw", "alaw"] as const)("%s: every code comes back from its sample", (law) => {
    const back = encodeG711(law, decodeG711(law, allCodes));
    const expected = law === "mulaw" ? allCodes.map((code) => (code === 0x7f ? 0xff : code)) : allCodes; // two zeros
    expect(back).toEqual(expected);
  });

  it.each(["mulaw", "alaw"] as const)("%s: the error grows with the sample, at most a 16th of it", (law) => {
    const samples = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
    const back = decodeG711(law, encodeG711(law, samples));
    const worst = samples.reduce(
      (most, x, i) => Math.max(most, Math.abs(back[i]! - x) / (Math.abs(x) + 132)),
      0,
    );
    expect(worst).toBeLessThan(1 / 16);
  });
});
