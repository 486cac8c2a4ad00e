import { describe, expect, it } from "vitest";
import { vadFrameSamples } from "../vad.ts";
import { createEnergyVad } from "./energy.ts";

describe("energy detector", () => {
  it("takes a frame for speech when one of its samples is louder than 300", async () => {
    const samples = new Int16Array(4 * vadFrameSamples).fill(300);
    samples.fill(-300, vadFrameSamples, 2 * vadFrameSamples);
    samples[2 * vadFrameSamples] = -301;
    samples[4 * vadFrameSamples - 1] = 301;
    expect([...(await createEnergyVad().open().judge(samples))]).toEqual([0, 0, 1, 1]);
  });

  it("refuses to judge when it is closed", async () => {
    const stream = createEnergyVad().open();
    stream.close();
    await expect(stream.judge(new Int16Array(vadFrameSamples))).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });
});
