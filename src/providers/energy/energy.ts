import { ParleyError } from "../../lib/errors.ts";
import type { VadEngine } from "../vad.ts";
import { vadFrameSamples } from "../vad.ts";

/** Largest magnitude that counts as silence. */
const quietMax = 300;

/** A detector that takes every sound for speech. It needs no model and next to no time: for load tests, and for lines
 *  that are silent between the words. */
export function createEnergyVad(): VadEngine {
  return {
    name: "energy",
    open: () => {
      let closed = false;
      return {
        judge: async (samples) => {
          if (closed) throw new ParleyError("ERR_CLOSED", "the stream is closed");
          const frames = samples.length / vadFrameSamples;
          return Float32Array.from({ length: frames }, (_, frame) =>
            isLoud(samples, frame * vadFrameSamples, (frame + 1) * vadFrameSamples) ? 1 : 0,
          );
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
    const sample = samples[i] ?? 0;
    if (sample > quietMax || sample < -quietMax) return true;
  }
  return false;
}
