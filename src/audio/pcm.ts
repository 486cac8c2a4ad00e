import { endianness } from "node:os";

const bytesPerSample = 2;
const isLittleEndian = endianness() === "LE";

/** Reads PCM s16le bytes as samples. The result owns its memory, so the bytes may be a view into a buffer that is
 *  used again. An odd last byte is left out; `PcmReader` carries it over to the next piece. */
export function samplesFromBytes(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length >> 1);
  const raw = new Uint8Array(samples.buffer);
  raw.set(bytes.subarray(0, raw.length)); // a copy works at odd offsets, where an Int16Array view may not begin
  if (!isLittleEndian) swapBytePairs(raw);
  return samples;
}

/** Reads PCM s16le bytes as samples without a copy where the machine allows it: the bytes must not be written to. An odd
 *  last byte is left out. */
export function viewSamples(bytes: Uint8Array): Int16Array {
  if (!isLittleEndian || bytes.byteOffset % bytesPerSample !== 0) return samplesFromBytes(bytes);
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
}

/** Writes samples as PCM s16le bytes; the result owns its memory. */
export function bytesFromSamples(samples: Int16Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(samples.length * bytesPerSample);
  bytes.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  if (!isLittleEndian) swapBytePairs(bytes);
  return bytes;
}

/** Samples as PCM s16le bytes, for whoever copies them at once: a view of the same memory where the machine allows. */
export function viewAsBytes(samples: Int16Array): Uint8Array {
  if (!isLittleEndian) return bytesFromSamples(samples);
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

function swapBytePairs(bytes: Uint8Array): void {
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).swap16();
}

/** Reads a stream of PCM s16le whose pieces may end in the middle of a sample. */
export class PcmReader {
  #oddByte: number | undefined;

  /** The samples that are whole with this piece. They may be a view of it: the bytes must not be written to. */
  read(bytes: Uint8Array): Int16Array {
    if (this.#oddByte === undefined) {
      this.#keepOdd(bytes, bytes.length);
      return viewSamples(bytes);
    }
    const joined = new Uint8Array(bytes.length + 1);
    joined[0] = this.#oddByte;
    joined.set(bytes, 1);
    this.#keepOdd(joined, joined.length);
    return viewSamples(joined);
  }

  /** Forgets half a sample (when the input buffer is cleared). */
  reset(): void {
    this.#oddByte = undefined;
  }

  #keepOdd(bytes: Uint8Array, length: number): void {
    this.#oddByte = length % bytesPerSample === 1 ? bytes[length - 1] : undefined;
  }
}

export function concatSamples(pieces: readonly Int16Array[]): Int16Array<ArrayBuffer> {
  const joined = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** The samples as the models take them: float32, full scale ±1. */
export function floatFromSamples(samples: Int16Array): Float32Array<ArrayBuffer> {
  const floats = new Float32Array(samples.length);
  for (let i = 0; i < samples.length; i += 1) floats[i] = samples[i]! / 32_768;
  return floats;
}

/** Largest magnitude, 0–1 of full scale. */
export function peakOf(samples: Int16Array): number {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  return peak / 32_768;
}

/** Root mean square, 0–1 of full scale; 0 for no samples. */
export function rmsOf(samples: Int16Array): number {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length) / 32_768;
}
