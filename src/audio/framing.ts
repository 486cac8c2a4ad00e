import assert from "node:assert/strict";

/** Cuts a stream of samples into frames of one length, carrying the rest over. */
export class Framer {
  readonly #frameSamples: number;
  #rest: Int16Array;
  #restLength = 0;

  /** @param frameSamples samples of a frame, at least 1 */
  constructor(frameSamples: number) {
    assert(Number.isInteger(frameSamples) && frameSamples > 0);
    this.#frameSamples = frameSamples;
    this.#rest = new Int16Array(frameSamples);
  }

  /** Samples kept for the next frame: 0 to frame length − 1. */
  get pending(): number {
    return this.#restLength;
  }

  /** All frames that are whole now, joined in one array (a multiple of the frame length, possibly 0) of its own. */
  push(samples: Int16Array): Int16Array<ArrayBuffer> {
    const total = this.#restLength + samples.length;
    const whole = total - (total % this.#frameSamples);
    const frames = new Int16Array(whole);
    if (whole === 0) {
      this.#rest.set(samples, this.#restLength);
      this.#restLength = total;
      return frames;
    }
    frames.set(this.#rest.subarray(0, this.#restLength));
    const taken = whole - this.#restLength;
    frames.set(samples.subarray(0, taken), this.#restLength);
    this.#rest.set(samples.subarray(taken));
    this.#restLength = total - whole;
    return frames;
  }

  /** Takes out what is left, shorter than a frame. */
  flush(): Int16Array<ArrayBuffer> {
    const rest = this.#rest.slice(0, this.#restLength) as Int16Array<ArrayBuffer>;
    this.#restLength = 0;
    return rest;
  }
}

/** Cuts samples into pieces of at most `chunkSamples`; the pieces are views, the last one may be shorter. */
export function* chunksOf(samples: Int16Array, chunkSamples: number): Generator<Int16Array> {
  assert(Number.isInteger(chunkSamples) && chunkSamples > 0);
  for (let at = 0; at < samples.length; at += chunkSamples) yield samples.subarray(at, at + chunkSamples);
}
