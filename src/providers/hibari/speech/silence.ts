import { hop } from "./frames.ts";

/** A frame below this is silence, RMS (−60 dB of full scale): breath and the decay of a voice lie above. */
const quietRmsMax = 0.001;
/** Silence left before the first sound, in frames of 12.5 ms: a soft onset rises within it. */
const leadFramesMax = 2;

/** Cuts the silence at both ends of a piece of speech, frame by frame as it is made. */
export interface SilenceTrim {
  /** Gives what is now certain to be heard. @param samples whole frames of 300 samples */
  push(samples: Float32Array): Float32Array[];
  /** The end of the piece: its decay, then silence up to `pauseSamples` in all. */
  finish(pauseSamples: number): Float32Array[];
  /** Silent frames that were cut off before the first sound. */
  readonly leadCut: number;
}

export function createSilenceTrim(): SilenceTrim {
  let held: Float32Array[] = []; // silence that becomes a pause inside the speech, or is dropped at an end
  let started = false;
  let leadCut = 0;
  const take = (frame: Float32Array): Float32Array[] => {
    if (rmsOf(frame) < quietRmsMax) {
      held.push(frame);
      if (!started && held.length > leadFramesMax) {
        held.shift();
        leadCut += 1;
      }
      return [];
    }
    started = true;
    const certain = [...held, frame];
    held = [];
    return certain;
  };
  return {
    get leadCut() {
      return leadCut;
    },
    push: (samples) => {
      const certain: Float32Array[] = [];
      for (let at = 0; at < samples.length; at += hop) certain.push(...take(samples.subarray(at, at + hop)));
      return certain;
    },
    finish: (pauseSamples) => {
      if (!started) return [];
      const pause = new Float32Array(pauseSamples);
      for (const [index, frame] of held.entries()) {
        const room = pauseSamples - index * hop;
        if (room > 0) pause.set(frame.subarray(0, room), index * hop);
      }
      held = [];
      return [pause];
    },
  };
}

function rmsOf(frame: Float32Array): number {
  let squares = 0;
  for (const sample of frame) squares += sample * sample;
  return Math.sqrt(squares / frame.length);
}
