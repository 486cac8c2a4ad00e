import { ParleyError } from "../../lib/errors.ts";
import type { VadEngine } from "../vad.ts";
import { vadFrameSamplesAsReceived as frameSamples } from "../vad.ts";

/** Largest magnitude that counts as silence. */
const quietMax = 300;

/** A detector that takes every sound for speech. It needs no model and next to no time: for load tests, and for lines
 *  that are silent between the words. It judges at once, what comes in as it comes. */
export function createEnergyVad(): VadEngine {
  return {
    name: "energy",
    sampleRate: 24_000,
    open: () => {
      let closed = false;
      return {
        judge: (samples) => {
          if (closed) throw new ParleyError("ERR_CLOSED", "the stream is closed");
          const probabilities = new Float32Array(samples.length / frameSamples);
          for (let frame = 0; frame < probabilities.length; frame += 1) {
            const from = frame * frameSamples;
            probabilities[frame] = isLoud(samples, from, from + frameSamples) ? 1 : 0;
          }
          return probabilities;
        },
        reset: () => {},
        close: () => void (closed = true),
      };
    },
    close: () => Promise.resolve(),
  };
}

function isLoud(samples: Int16Array, from: number, to: number): boolean {
  for (let i = from; i < to; i += 1) {
    if ((samples[i]! + quietMax) >>> 0 > 2 * quietMax) return true; // below zero becomes very large
  }
  return false;
}
