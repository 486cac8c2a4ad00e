import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { chirp } from "../../../test/support/chirp.ts";
import { createLogMel, melBands, melFrames } from "./log-mel.ts";

const reference = JSON.parse(
  readFileSync(new URL("../../../test/fixtures/smart-turn.json", import.meta.url), "utf8"),
) as {
  readonly bands: readonly number[];
  readonly frames: readonly number[];
  readonly cases: readonly { readonly samples: number; readonly features: readonly (readonly number[])[] }[];
};

describe("log-mel features", () => {
  const logMel = createLogMel();

  it.each(reference.cases)("of $samples samples are those of the reference", ({ samples, features }) => {
    const ours = logMel(chirp(samples));
    expect(ours).toHaveLength(melBands * melFrames);
    for (const [row, band] of reference.bands.entries()) {
      for (const [column, frame] of reference.frames.entries()) {
        const difference = Math.abs(ours[band * melFrames + frame]! - features[row]![column]!);
        expect(difference, `band ${band}, frame ${frame}`).toBeLessThan(1e-4);
      }
    }
  });

  it("of silence, and of nothing, are numbers", () => {
    for (const samples of [new Int16Array(0), new Int16Array(1), new Int16Array(200_000)])
      expect(logMel(samples).every(Number.isFinite)).toBe(true);
  });

  it("of one turn do not depend on the turn before", () => {
    const alone = createLogMel()(chirp(20_000));
    logMel(chirp(128_000));
    expect(logMel(chirp(20_000))).toEqual(alone);
  });
});
