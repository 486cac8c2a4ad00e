import type { VadEngine, VadStream } from "../../src/providers/vad.ts";
import { vadFrameSamples } from "../../src/providers/vad.ts";

/** Takes whole frames for speech that are loud in their midst. */
export const byLoudness = (samples: Int16Array): Float32Array =>
  Float32Array.from({ length: samples.length / vadFrameSamples }, (_, frame) =>
    Math.abs(samples[frame * vadFrameSamples + vadFrameSamples / 2] ?? 0) > 1_000 ? 1 : 0,
  );

/** A detector that goes by loudness, or by `judge`. */
export const loudnessVad = (
  judge: VadStream["judge"] = async (samples) => byLoudness(samples),
): VadEngine => ({
  name: "loudness",
  open: () => ({ judge, reset: () => {}, close: () => {} }),
  close: async () => {},
});
