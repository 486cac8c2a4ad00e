import { type RealFft, createRealFft } from "../../../audio/fft.ts";
import { type SpectrumFrames, bins, hann, hop, windowSize } from "./frames.ts";
import type { NormalPairs } from "./noise.ts";
import { type PulseTrain, createPulseTrain } from "./pulses.ts";

/** Magnitudes stop here (natural logarithm), so that no frame of a confused network can explode. */
const logMagnitudeMax = 7;
/** Parts below this are left out: all 601 bins at it together stay under half a step of 16-bit sound. */
const logMagnitudeMin = -8;
/** Phases are rounded to this many steps of the circle (an error of −68 dB), a power of two. */
const circleSteps = 8_192;
const cosines = Float64Array.from({ length: circleSteps }, (_, k) =>
  Math.cos((2 * Math.PI * k) / circleSteps),
);
const sines = Float64Array.from({ length: circleSteps }, (_, k) => Math.sin((2 * Math.PI * k) / circleSteps));
/** A cosine of amplitude 1 has the magnitude 1 under this window. */
const sourceWindow: Float32Array = hann.map((w) => w / (windowSize / 4));
const hopsPerWindow = windowSize / hop;
const centre = windowSize / 2;

/** Turns the network's spectrum into sound, frame after frame:
 *  `S = e^harmonic · e^(iπ·tanh θ) · STFT(pulses) + e^noise · Z + e^free · e^(iφ)`, then one inverse STFT.
 *  @param normal the source of Z, drawn bin by bin
 *  @returns chunks of `framesPerChunk` × 300 samples at 24 kHz (the last one shorter), each the caller's to keep */
export function* vocode(
  frames: SpectrumFrames,
  normal: NormalPairs,
  framesPerChunk: number,
): Generator<Float32Array, void> {
  const fft = createRealFft(windowSize);
  const pulses = createPulseTrain(frames.f0);
  const overlap = createOverlapAdd(frames.count);
  const spectrum = new FrameSpectrum(frames, normal, fft, pulses);
  const chunk = new Float32Array(framesPerChunk * hop);
  let filled = 0;
  for (let hopIndex = 0; hopIndex < frames.count + hopsPerWindow / 2; hopIndex++) {
    if (hopIndex < frames.count) overlap.add(hopIndex, spectrum.samplesOf(hopIndex));
    const complete = hopIndex - hopsPerWindow / 2; // in output frames: the windows are centred
    if (complete < 0) continue;
    overlap.take(complete, chunk, filled);
    filled += hop;
    if (filled < chunk.length && complete < frames.count - 1) continue;
    yield chunk.slice(0, filled);
    filled = 0;
  }
}

class FrameSpectrum {
  readonly #frames: SpectrumFrames;
  readonly #normal: NormalPairs;
  readonly #fft: RealFft;
  readonly #pulses: PulseTrain;
  readonly #signal = new Float32Array(windowSize);
  readonly #re = new Float32Array(bins);
  readonly #im = new Float32Array(bins);

  constructor(frames: SpectrumFrames, normal: NormalPairs, fft: RealFft, pulses: PulseTrain) {
    this.#frames = frames;
    this.#normal = normal;
    this.#fft = fft;
    this.#pulses = pulses;
  }

  /** One window of sound, not yet windowed for the overlap; valid until the next call. */
  samplesOf(frame: number): Float32Array {
    this.#windowOfPulses(frame);
    this.#fft.forward(this.#signal, this.#re, this.#im);
    this.#shape(frame);
    this.#fft.inverse(this.#re, this.#im, this.#signal);
    return this.#signal;
  }

  /** The pulses around the frame's start; beyond either end they are mirrored. */
  #windowOfPulses(frame: number): void {
    this.#pulses.extend(frame + hopsPerWindow / 2);
    const { samples } = this.#pulses;
    const last = samples.length - 1;
    const start = frame * hop - centre;
    for (let n = 0; n < windowSize; n++) {
      let at = Math.abs(start + n);
      if (at > last) at = Math.abs(2 * last - at);
      this.#signal[n] = (samples[at] ?? 0) * sourceWindow[n]!;
    }
  }

  #shape(frame: number): void {
    const { count, harmonic, theta, noise, free, phi } = this.#frames;
    const normal = this.#normal;
    for (let bin = 0, at = frame; bin < bins; bin++, at += count) {
      let re = 0;
      let im = 0;
      const voiced = harmonic[at]!;
      if (voiced > logMagnitudeMin) {
        const gain = Math.exp(Math.min(voiced, logMagnitudeMax));
        const half = 1 - 2 / (Math.exp(2 * theta[at]!) + 1); // tanh: half turns
        const step = Math.round(half * (circleSteps / 2)) & (circleSteps - 1);
        const turnRe = gain * cosines[step]!;
        const turnIm = gain * sines[step]!;
        re = this.#re[bin]! * turnRe - this.#im[bin]! * turnIm;
        im = this.#re[bin]! * turnIm + this.#im[bin]! * turnRe;
      }
      const breathy = noise[at]!;
      if (breathy > logMagnitudeMin) {
        const gain = Math.exp(Math.min(breathy, logMagnitudeMax));
        normal.draw();
        re += gain * normal.first;
        im += gain * normal.second;
      }
      const own = free[at]!;
      if (own > logMagnitudeMin) {
        const gain = Math.exp(Math.min(own, logMagnitudeMax));
        const step = Math.round(phi[at]! * (circleSteps / (2 * Math.PI))) & (circleSteps - 1);
        re += gain * cosines[step]!;
        im += gain * sines[step]!;
      }
      this.#re[bin] = re;
      this.#im[bin] = im;
    }
  }
}

interface OverlapAdd {
  add(frame: number, samples: Float32Array): void;
  /** Writes the `hop` samples of one output frame, on which no later window has a part. */
  take(outputFrame: number, target: Float32Array, offset: number): void;
}

/** The sum of windows over the sum of squared windows: inside it is constant, at the two ends it is smaller. */
function createOverlapAdd(frameCount: number): OverlapAdd {
  const sum = new Float32Array((frameCount + hopsPerWindow) * hop);
  return {
    add: (frame, samples) => {
      const start = frame * hop;
      for (let n = 0; n < windowSize; n++) sum[start + n] = sum[start + n]! + samples[n]! * hann[n]!;
    },
    take: (outputFrame, target, offset) => {
      const block = outputFrame + hopsPerWindow / 2;
      const isInside = block >= hopsPerWindow - 1 && block < frameCount;
      const squares = isInside ? fullSquares : squaresAt(block, frameCount);
      for (let j = 0; j < hop; j++) target[offset + j] = sum[block * hop + j]! / Math.max(squares[j]!, 1e-11);
    },
  };
}

/** Sum of the squared windows that cover one block of `hop` samples. */
function squaresAt(block: number, frameCount: number): Float32Array {
  const squares = new Float32Array(hop);
  for (let k = 0; k < hopsPerWindow; k++) {
    if (block - k < 0 || block - k >= frameCount) continue;
    for (let j = 0; j < hop; j++) squares[j] = squares[j]! + hann[k * hop + j]! ** 2;
  }
  return squares;
}

const fullSquares = squaresAt(hopsPerWindow, Infinity);
