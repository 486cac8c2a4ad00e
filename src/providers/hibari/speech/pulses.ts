import { hop, sampleRate } from "./frames.ts";

/** Below this the voice is silent: the frame is noise only, Hz. */
const voicedMinHz = 40;
/** Harmonics above this are left out; the network was trained so, Hz. */
const harmonicMaxHz = 11_000;
/** Where sin(t/2) is this small the closed form is 0/0 and its limit is taken instead. */
const limitBelow = 1e-3;

/** The glottal source: every harmonic of f0 below 11 kHz at unit amplitude, 0 where unvoiced.
 *  It is made as far as needed, because the first frames are wanted long before the last. */
export interface PulseTrain {
  /** `hop` samples for each frame of f0; valid up to what `extend` was asked for. */
  readonly samples: Float32Array;
  /** Makes the samples of the frames before `frame`. */
  extend(frame: number): void;
}

/** @param f0 one pitch per frame, Hz; it holds at the frame's centre and is linear between centres */
export function createPulseTrain(f0: Float32Array): PulseTrain {
  const samples = new Float32Array(f0.length * hop);
  let ready = 0;
  let phase = 0; // in turns
  const extendBy = (frame: number): void => {
    const here = f0[frame]!;
    const before = f0[frame - 1] ?? here;
    const after = f0[frame + 1] ?? here;
    for (let j = 0; j < hop; j++) {
      const fromCentre = (j + 0.5) / hop - 0.5;
      const pitch =
        fromCentre < 0 ? here + (before - here) * -fromCentre : here + (after - here) * fromCentre;
      const heldPitch = Math.max(pitch, voicedMinHz); // the phase runs on through unvoiced stretches
      phase = (phase + heldPitch / sampleRate) % 1;
      samples[frame * hop + j] = pitch > voicedMinHz ? harmonicSum(2 * Math.PI * phase, heldPitch) : 0;
    }
  };
  return {
    samples,
    extend: (frame) => {
      for (; ready < Math.min(frame, f0.length); ready++) extendBy(ready);
    },
  };
}

/** Σ cos(h·angle) for all h with h·f0 ≤ 11 kHz, by the closed form of the Dirichlet kernel. */
function harmonicSum(angle: number, pitch: number): number {
  const top = Math.floor(harmonicMaxHz / pitch) + 0.5;
  const below = Math.sin(angle / 2);
  if (Math.abs(below) <= limitBelow) return top - 0.5;
  return Math.sin(top * angle) / (2 * below) - 0.5;
}
