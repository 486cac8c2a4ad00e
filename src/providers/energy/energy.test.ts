import { describe, expect, it } from "vitest";
import { vadFrameSamplesAsReceived as frameSamples } from "../vad.ts";
import { createEnergyVad } from "./energy.ts";

describe("energy detector", () => {
  it("takes a frame for speech when one of its samples is louder than 300, and says so at once", () => {
    const samples = new Int16Array(4 * frameSamples).fill(300);
    samples.fill(-300, frameSamples, 2 * frameSamples);
    samples[2 * frameSamples] = -301;
    samples[4 * frameSamples - 1] = 301;
    expect(createEnergyVad().open().judge(samples)).toEqual(Float32Array.of(0, 0, 1, 1));
  });

  it("refuses to judge when it is closed", () => {
    const stream = createEnergyVad().open();
    stream.close();
    expect(() => stream.judge(new Int16Array(frameSamples))).toThrow("closed");
  });
});
