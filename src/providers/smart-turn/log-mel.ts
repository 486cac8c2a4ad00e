import { createRealFft } from "../../audio/fft.ts";
import { turnEndSampleRate, turnEndSamplesMax } from "../turn-end.ts";

/** Bands of one frame. */
export const melBands = 80;
/** Frames of one input: one each 10 ms. */
export const melFrames = 800;

const windowSamples = 400;
const hopSamples = 160;
const bins = windowSamples / 2 + 1;
const margin = windowSamples / 2;
/** Added to the variance, so that silence is not divided by zero. */
const varianceFloor = 1e-7;
const powerFloor = 1e-10;
/** Decades below the loudest value; what is quieter counts as this. */
const rangeDecades = 8;

/** Makes the features that the model hears with: those of the recogniser Whisper (Radford et al. 2022), over 8 s.
 *  The audio is brought to zero mean and unit variance, padding included; then 25 ms Hann windows each 10 ms, centred,
 *  mirrored at both ends; power; 80 triangular bands on Slaney's mel scale, of equal area; log10, at most 8 decades
 *  below the maximum; (x + 4) / 4.
 *  @returns a function that holds scratch memory: one per user, not shared. Its parameter are samples at 16 kHz, of
 *    which the last 8 s count; less is padded with silence in front. Its result is [melBands, melFrames]. */
export function createLogMel(): (samples: Int16Array) => Float32Array<ArrayBuffer> {
  const fft = createRealFft(windowSamples);
  const window = Float64Array.from(
    { length: windowSamples },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / windowSamples),
  );
  const filters = melFilters();
  const signal = new Float32Array(margin + turnEndSamplesMax + margin);
  const frame = new Float32Array(windowSamples);
  const re = new Float32Array(bins);
  const im = new Float32Array(bins);

  const writeFrame = (features: Float32Array, t: number): void => {
    for (let i = 0; i < windowSamples; i += 1) frame[i] = signal[t * hopSamples + i]! * window[i]!;
    fft.forward(frame, re, im);
    for (let k = 0; k < bins; k += 1) re[k] = re[k]! * re[k]! + im[k]! * im[k]!;
    for (const [band, { first, weights }] of filters.entries()) {
      let power = 0;
      for (let k = 0; k < weights.length; k += 1) power += weights[k]! * re[first + k]!;
      features[band * melFrames + t] = Math.log10(Math.max(powerFloor, power));
    }
  };

  return (samples) => {
    const padded = writeSignal(samples, signal);
    const features = new Float32Array(melBands * melFrames);
    // frames that hold nothing but padding are all the same: one is enough for a short turn
    const quiet = Math.max(1, Math.floor((padded - margin) / hopSamples) + 1);
    writeFrame(features, 0);
    for (let band = 0; band < melBands; band += 1) {
      const from = band * melFrames;
      features.fill(features[from]!, from, from + quiet);
    }
    for (let t = quiet; t < melFrames; t += 1) writeFrame(features, t);
    compress(features);
    return features;
  };
}

/** Normalises the last 8 s and mirrors both ends.
 *  @returns samples of padding in front */
function writeSignal(samples: Int16Array, signal: Float32Array): number {
  const heard = samples.subarray(Math.max(0, samples.length - turnEndSamplesMax));
  const padded = turnEndSamplesMax - heard.length;
  let sum = 0;
  let squares = 0;
  for (const sample of heard) {
    sum += sample;
    squares += sample * sample;
  }
  const mean = sum / turnEndSamplesMax / 32_768;
  const variance = squares / turnEndSamplesMax / 32_768 ** 2 - mean * mean;
  const scale = 1 / Math.sqrt(variance + varianceFloor);
  const start = margin + padded;
  signal.fill(-mean * scale, 0, start);
  for (let i = 0; i < heard.length; i += 1) signal[start + i] = (heard[i]! / 32_768 - mean) * scale;
  const end = margin + turnEndSamplesMax;
  for (let i = 0; i < margin; i += 1) {
    signal[margin - 1 - i] = signal[margin + 1 + i]!;
    signal[end + i] = signal[end - 2 - i]!;
  }
  return padded;
}

function compress(features: Float32Array): void {
  let loudest = -Infinity;
  for (const value of features) if (value > loudest) loudest = value;
  const floor = loudest - rangeDecades;
  for (let i = 0; i < features.length; i += 1) features[i] = (Math.max(floor, features[i]!) + 4) / 4;
}

/** The bins that a band looks at, from `first` on. */
interface MelFilter {
  readonly first: number;
  readonly weights: Float64Array;
}

/** Slaney's scale: linear up to 1 kHz (15 mel), logarithmic above, 27 steps for each factor of 6.4. */
const linearHzMax = 1_000;
const linearMelMax = 15;
const melsPerLog = 27 / Math.log(6.4);
const melOf = (hz: number): number =>
  hz < linearHzMax ? (3 * hz) / 200 : linearMelMax + Math.log(hz / linearHzMax) * melsPerLog;
const hzOf = (mel: number): number =>
  mel < linearMelMax ? (200 * mel) / 3 : linearHzMax * Math.exp((mel - linearMelMax) / melsPerLog);

function melFilters(): readonly MelFilter[] {
  const step = melOf(turnEndSampleRate / 2) / (melBands + 1);
  const corners = Array.from({ length: melBands + 2 }, (_, i) => hzOf(i * step));
  const hzPerBin = turnEndSampleRate / windowSamples;
  return Array.from({ length: melBands }, (_, band) => {
    const [low, mid, high] = corners.slice(band, band + 3) as [number, number, number];
    const first = Math.ceil(low / hzPerBin);
    const last = Math.min(bins - 1, Math.floor(high / hzPerBin));
    const weights = Float64Array.from({ length: last - first + 1 }, (_, i) => {
      const hz = (first + i) * hzPerBin;
      const height = Math.max(0, Math.min((hz - low) / (mid - low), (high - hz) / (high - mid)));
      return (height * 2) / (high - low);
    });
    return { first, weights };
  });
}
