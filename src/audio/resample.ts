import assert from "node:assert/strict";
import { concatSamples } from "./pcm.ts";

/** The rates that audio comes and goes in, Hz. */
export type AudioRate = 8_000 | 16_000 | 24_000 | 44_100 | 48_000;

/** How good a filter is, for what it costs. */
export interface Quality {
  /** Length in samples of the lower of both rates; even, at least 8. */
  readonly taps: number;
  /** How far below the signal the stop band is, from half the lower rate on, dB; 50 to 96. What lies between the pass band and
   *  there is the narrower, the longer the filter and the less is asked for here. */
  readonly stopBandDb: number;
}

/** For people to hear: the stop band is below −92 dB, and the pass band flat up to 0.4 of the lower rate; half as many taps
 *  would open the band from 0.3. */
export const toListenTo: Quality = { taps: 64, stopBandDb: 96 };
/** For a recogniser or detector of speech, at less than half the cost: flat up to 0.38 of the lower rate. */
export const toRecognise: Quality = { taps: 24, stopBandDb: 50 };

/** Input is worked off in blocks of this size, so that the working memory does not follow the caller's chunks. */
const blockSamples = 4_096;

/** Output of a part is made in blocks of this size, for the same reason. */
const partSamples = 4_096;

/** A polyphase low-pass filter: row `p` weighs the input samples around an output sample that lies p/`up` of an input
 *  sample after the one at its left. */
interface Filter {
  /** Output samples per `down` input samples. */
  readonly up: number;
  readonly down: number;
  /** Input samples on each side of an output sample. */
  readonly reach: number;
  /** `up` rows of 2 × `reach` weights, each row with sum 1. */
  readonly weights: Float64Array;
}

const filters = new Map<string, Filter>();

function filterFor(from: AudioRate, to: AudioRate, quality: Quality): Filter {
  const key = `${from}/${to}/${quality.taps}/${quality.stopBandDb}`; // at most 20 pairs of rates, of few qualities
  const known = filters.get(key);
  if (known !== undefined) return known;
  const made = designFilter(from, to, quality);
  filters.set(key, made);
  return made;
}

/** Windowed sinc with a Kaiser window (Oppenheim & Schafer, Discrete-Time Signal Processing, 7.5). */
export function designFilter(from: AudioRate, to: AudioRate, { taps, stopBandDb }: Quality): Filter {
  const divisor = greatestCommonDivisor(from, to);
  const up = to / divisor;
  const down = from / divisor;
  const lower = Math.min(from, to);
  const reach = Math.ceil((taps / 2) * (from / lower));
  // In cycles per input sample: the transition band ends at half the lower rate, so that nothing folds back.
  const transitionWidth = (stopBandDb - 7.95) / 14.36; // in units of rate ÷ taps
  const cutoff = (lower / from) * (0.5 - transitionWidth / taps / 2);
  const beta = kaiserBeta(stopBandDb);
  const weights = new Float64Array(up * 2 * reach);
  for (let phase = 0; phase < up; phase += 1) {
    const row = weights.subarray(phase * 2 * reach, (phase + 1) * 2 * reach);
    let sum = 0;
    for (let j = 0; j < row.length; j += 1) {
      const t = j - (reach - 1) - phase / up;
      row[j] = sinc(2 * cutoff * t) * kaiser(t / reach, beta);
      sum += row[j]!;
    }
    for (let j = 0; j < row.length; j += 1) row[j] = row[j]! / sum;
  }
  return { up, down, reach, weights };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** The window's shape parameter for stop bands of 50 dB and more (Oppenheim & Schafer, 7.5). */
const kaiserBeta = (stopBandDb: number): number => 0.1102 * (stopBandDb - 8.7);

function kaiser(x: number, beta: number): number {
  return Math.abs(x) > 1 ? 0 : besselI0(beta * Math.sqrt(1 - x * x)) / besselI0(beta);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** Output samples that have all of their input once `received` samples are there.  Output k reads the input from
 *  floor(k·down/up) − reach + 1 to floor(k·down/up) + reach. */
function settledOutputs({ up, down, reach }: Filter, received: number): number {
  const lastCentre = received - 1 - reach;
  return lastCentre < 0 ? 0 : Math.ceil(((lastCentre + 1) * up) / down);
}

/** Makes output samples from number `first` on; all of their input is in `buffer`, which begins with sample `start`. */
function applyFilter(
  { up, down, reach, weights }: Filter,
  buffer: Float64Array,
  start: number,
  output: Int16Array,
  first: number,
): void {
  const width = 2 * reach;
  const inFours = width - (width % 4);
  let from = Math.floor((first * down) / up) - reach + 1 - start;
  let phase = (first * down) % up;
  for (let k = 0; k < output.length; k += 1) {
    const row = phase * width;
    // Four sums, since each addition waits for the one before it in its sum.
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let j = 0; j < inFours; j += 4) {
      a += buffer[from + j]! * weights[row + j]!;
      b += buffer[from + j + 1]! * weights[row + j + 1]!;
      c += buffer[from + j + 2]! * weights[row + j + 2]!;
      d += buffer[from + j + 3]! * weights[row + j + 3]!;
    }
    for (let j = inFours; j < width; j += 1) a += buffer[from + j]! * weights[row + j]!;
    const sum = a + b + (c + d);
    output[k] = Math.max(-32_768, Math.min(32_767, Math.round(sum)));
    phase += down;
    while (phase >= up) {
      phase -= up;
      from += 1;
    }
  }
}

/** Weights of `pairedWeights` are whole numbers; this is 1. Sums of products with samples stay below 2^31, and what rounding
 *  adds is 30 dB below the stop band of `toRecognise`. */
const fixedOne = 1 << 15;

/** Weights for two outputs at a time, of a filter with two rows: for each input sample what it counts in the first and in the
 *  second. An even number of such pairs. */
function pairedWeights({ down, reach, weights }: Filter): Int32Array {
  const width = 2 * reach;
  /** How much later the input of the second begins. */
  const later = Math.floor(down / 2);
  const pairs = new Int32Array(2 * (width + later + ((width + later) % 2)));
  for (const [row, shift] of [
    [0, 0],
    [1, later],
  ] as const) {
    let left = fixedOne;
    for (let j = 0; j < width; j += 1) {
      const weight = Math.round(weights[row * width + j]! * fixedOne);
      pairs[2 * (j + shift) + row] = weight;
      left -= weight;
    }
    const largest = 2 * (reach - 1 + row + shift) + row;
    pairs[largest] = pairs[largest]! + left; // a constant stays what it is
  }
  return pairs;
}

/** As `applyFilter` for two rows, in whole numbers and two outputs at a time: a third of its cost.
 *  @param input begins with the first sample that the first output depends on
 *  @param output of even length */
function applyPairs(down: number, weights: Int32Array, input: Int16Array, output: Int16Array): void {
  let from = 0;
  for (let k = 0; k < output.length; k += 2) {
    // Two sums for each, since an addition waits for the one before it in its sum.
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let w = 0, j = from; w < weights.length; w += 4, j += 2) {
      const one = input[j]!;
      const other = input[j + 1]!;
      a = (a + Math.imul(one, weights[w]!)) | 0;
      b = (b + Math.imul(one, weights[w + 1]!)) | 0;
      c = (c + Math.imul(other, weights[w + 2]!)) | 0;
      d = (d + Math.imul(other, weights[w + 3]!)) | 0;
    }
    output[k] = rounded(a, c);
    output[k + 1] = rounded(b, d);
    from += down;
  }
}

/** The sample for a sum in two halves, which together may be above 2^31. */
function rounded(a: number, b: number): number {
  const sample = ((a >> 1) + (b >> 1) + (fixedOne >> 2)) >> 14;
  return Math.max(-32_768, Math.min(32_767, sample));
}

/** Changes the sampling rate of parts of a recording that are asked for later, at no cost for the rest: to a few
 *  steps the samples that a `Resampler` would have given for the whole of it. Nothing is kept from call to call. For
 *  pairs of rates like 24 to 16 kHz, where every second output lies on an input. */
export class PartResampler {
  readonly #filter: Filter;
  readonly #weights: Int32Array;

  constructor(from: AudioRate, to: AudioRate) {
    this.#filter = filterFor(from, to, toRecognise);
    assert(this.#filter.up === 2);
    this.#weights = pairedWeights(this.#filter);
  }

  /** Input samples on each side of an output sample that it depends on. */
  get reach(): number {
    return this.#filter.reach;
  }

  /** Output samples that are settled by the first `received` samples of the input, whatever follows. */
  settled(received: number): number {
    return settledOutputs(this.#filter, received);
  }

  /** Input that the output samples from `first` to `end` (exclusive) depend on. */
  inputOf(first: number, end: number): { readonly from: number; readonly to: number } {
    const { up, down, reach } = this.#filter;
    return {
      from: Math.floor((first * down) / up) - reach + 1,
      to: Math.floor(((end - 1) * down) / up) + reach + 1,
    };
  }

  /** The output samples from `first` to `end` (exclusive).
   *  @param samples of the input from position `at` on; around them is silence */
  part(samples: Int16Array, at: number, first: number, end: number): Int16Array {
    const { down } = this.#filter;
    // in whole pairs: what is made too much is cut off
    const begin = first - (first % 2);
    const output = new Int16Array(end + (end % 2) - begin);
    for (let k = 0; k < output.length; k += partSamples) {
      const pairs = output.subarray(k, k + partSamples);
      const { from } = this.inputOf(begin + k, begin + k + 1);
      const input = new Int16Array((pairs.length / 2 - 1) * down + this.#weights.length / 2);
      const known = Math.max(from, at);
      const until = Math.max(known, from + input.length);
      input.set(samples.subarray(known - at, until - at), known - from);
      applyPairs(down, this.#weights, input, pairs);
    }
    return output.subarray(first - begin, end - begin);
  }
}

/** Changes the sampling rate of one stream of PCM s16. Output sample k lies at the exact time k/`to` of the input: no
 *  delay is added to the signal, though the last half filter length is given out only by `flush`. For n input samples
 *  the stream yields exactly ceil(n · to / from) samples, the same ones however the input was cut. */
export class Resampler {
  readonly #filter: Filter | undefined;
  /** Input from `#start` on; what lies before the stream's beginning is silence. */
  readonly #buffer: Float64Array;
  /** Position in the stream of the buffer's first sample; begins at −reach + 1. */
  #start: number;
  #length: number;
  #received = 0;
  #produced = 0;

  constructor(from: AudioRate, to: AudioRate, quality = toListenTo) {
    this.#filter = from === to ? undefined : filterFor(from, to, quality);
    const reach = this.#filter?.reach ?? 0;
    this.#buffer = new Float64Array(2 * reach + blockSamples);
    this.#start = 1 - reach;
    this.#length = reach - 1;
  }

  /** Takes the next samples and returns those that they complete; the result is the caller's. */
  push(samples: Int16Array): Int16Array {
    const filter = this.#filter;
    if (filter === undefined) return samples.slice();
    const pieces: Int16Array[] = [];
    for (let at = 0; at < samples.length; at += blockSamples) {
      const block = samples.subarray(at, at + blockSamples);
      this.#received += block.length;
      pieces.push(this.#work(filter, block, block.length));
    }
    return pieces.length === 1 ? pieces[0]! : concatSamples(pieces);
  }

  /** Ends the stream: returns its last samples and makes the resampler ready for another. */
  flush(): Int16Array {
    const filter = this.#filter;
    if (filter === undefined) return new Int16Array(0);
    const total = Math.ceil((this.#received * filter.up) / filter.down);
    const pieces: Int16Array[] = [];
    for (let left = filter.reach; left > 0; left -= blockSamples) {
      pieces.push(this.#work(filter, undefined, Math.min(left, blockSamples)));
    }
    assert.equal(this.#produced, total);
    this.reset();
    return concatSamples(pieces);
  }

  /** Forgets the stream. */
  reset(): void {
    const reach = this.#filter?.reach ?? 0;
    this.#buffer.fill(0);
    this.#start = 1 - reach;
    this.#length = reach - 1;
    this.#received = 0;
    this.#produced = 0;
  }

  /** Appends `count` samples (silence when there is no block) and produces every output sample that has all of its
   *  input now. */
  #work(filter: Filter, block: Int16Array | undefined, count: number): Int16Array {
    const { up, down, reach } = filter;
    const buffer = this.#buffer;
    if (block === undefined) buffer.fill(0, this.#length, this.#length + count);
    else buffer.set(block, this.#length);
    this.#length += count;
    const end = settledOutputs(filter, this.#start + this.#length);
    const output = new Int16Array(Math.max(0, end - this.#produced));
    applyFilter(filter, buffer, this.#start, output, this.#produced);
    this.#produced += output.length;
    const centre = Math.floor((this.#produced * down) / up);
    const unneeded = Math.min(this.#length, Math.max(0, centre - reach + 1 - this.#start));
    buffer.copyWithin(0, unneeded, this.#length);
    this.#start += unneeded;
    this.#length -= unneeded;
    return output;
  }
}

/** Changes the sampling rate of samples that are all there; see `Resampler`. */
export function resample(samples: Int16Array, from: AudioRate, to: AudioRate): Int16Array {
  const resampler = new Resampler(from, to);
  const body = resampler.push(samples);
  return concatSamples([body, resampler.flush()]);
}
