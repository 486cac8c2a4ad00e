import { sttSampleRate } from "../stt.ts";

/** Longest piece handed to the model at once; it was trained on little that is longer, and its time and memory grow
 *  with the square. */
export const pieceSamplesMax = 15 * sttSampleRate;
/** A cut leaves at least this much for the last piece: a lone syllable is recognised badly. */
const pieceSamplesMin = 1 * sttSampleRate;
/** Energy is looked at in steps of 20 ms, averaged over 200 ms, so that the middle of a pause wins over a stop
 *  consonant. */
const stepSamples = 320;
const smoothSteps = 10;

/** Cuts an utterance where it is quietest into pieces of at most 15 s; the pieces are views that together are the
 *  whole. */
export function cutAtPauses(samples: Int16Array): readonly Int16Array[] {
  const pieces: Int16Array[] = [];
  let rest = samples;
  while (rest.length > pieceSamplesMax) {
    const latest = Math.min(pieceSamplesMax, rest.length - pieceSamplesMin);
    // Not before the middle, so that the number of pieces stays within twice the least.
    const at = quietestPoint(rest, pieceSamplesMax / 2, latest);
    pieces.push(rest.subarray(0, at));
    rest = rest.subarray(at);
  }
  if (rest.length > 0) pieces.push(rest);
  return pieces;
}

function quietestPoint(samples: Int16Array, from: number, to: number): number {
  const energies: number[] = [];
  for (let at = from; at + stepSamples <= to; at += stepSamples) energies.push(energyOf(samples, at));
  let best = 0;
  let bestEnergy = Number.POSITIVE_INFINITY;
  for (let i = 0; i + smoothSteps <= energies.length; i += 1) {
    const energy = energies.slice(i, i + smoothSteps).reduce((sum, e) => sum + e, 0);
    if (energy < bestEnergy) {
      best = i;
      bestEnergy = energy;
    }
  }
  return from + (best + smoothSteps / 2) * stepSamples;
}

function energyOf(samples: Int16Array, from: number): number {
  let sum = 0;
  for (let i = from; i < from + stepSamples; i += 1) sum += samples[i]! ** 2;
  return sum;
}
