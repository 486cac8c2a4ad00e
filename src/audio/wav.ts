import { ParleyError } from "../lib/errors.ts";
import { bytesFromSamples, samplesFromBytes } from "./pcm.ts";

export interface Wav {
  /** Hz, 8 000–48 000. */
  readonly sampleRate: number;
  /** Mono; two channels are averaged. */
  readonly samples: Int16Array;
}

const headerBytes = 44;
const formatPcm = 1;
const formatExtensible = 0xfffe;

interface WavFormat {
  readonly channels: number;
  readonly sampleRate: number;
}

function bad(why: string): ParleyError {
  return new ParleyError("ERR_BAD_INPUT", `not a usable WAV file: ${why}`);
}

/** Reads a RIFF WAV file: PCM, 16 bits, one or two channels, 8–48 kHz. Chunks other than `fmt ` and `data` are passed
 *  over. A data chunk that says more than there is (a recorder that was stopped, or one that streams and writes
 *  0xFFFFFFFF) is read as far as it goes.
 *  @throws {ParleyError} `ERR_BAD_INPUT` with the reason */
export function readWav(bytes: Uint8Array): Wav {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (
    file.length < 12 ||
    file.toString("latin1", 0, 4) !== "RIFF" ||
    file.toString("latin1", 8, 12) !== "WAVE"
  ) {
    throw bad("no RIFF/WAVE header");
  }
  let format: WavFormat | undefined;
  for (let at = 12; at + 8 <= file.length;) {
    const id = file.toString("latin1", at, at + 4);
    const size = file.readUInt32LE(at + 4);
    const body = file.subarray(at + 8, Math.min(at + 8 + size, file.length));
    if (id === "fmt ") format = readFormat(body);
    if (id === "data") {
      if (format === undefined) throw bad("data before its format");
      return { sampleRate: format.sampleRate, samples: toMono(samplesFromBytes(body), format.channels) };
    }
    at += 8 + size + (size % 2); // chunks are padded to even lengths
  }
  throw bad(format === undefined ? "no format" : "no data");
}

function readFormat(body: Buffer): WavFormat {
  if (body.length < 16) throw bad("short format");
  const tag = body.readUInt16LE(0);
  // The extensible form keeps the real tag in the first two bytes of its sub-format.
  const codec = tag === formatExtensible && body.length >= 26 ? body.readUInt16LE(24) : tag;
  if (codec !== formatPcm) throw bad(`codec ${codec}, only PCM (1) is read`);
  const bits = body.readUInt16LE(14);
  if (bits !== 16) throw bad(`${bits} bits per sample, only 16 are read`);
  const channels = body.readUInt16LE(2);
  if (channels !== 1 && channels !== 2) throw bad(`${channels} channels, only 1 or 2 are read`);
  const sampleRate = body.readUInt32LE(4);
  if (sampleRate < 8_000 || sampleRate > 48_000) throw bad(`${sampleRate} Hz, only 8 000 to 48 000 are read`);
  return { channels, sampleRate };
}

function toMono(samples: Int16Array, channels: number): Int16Array {
  if (channels === 1) return samples;
  const mono = new Int16Array(samples.length >> 1);
  for (let i = 0; i < mono.length; i += 1) mono[i] = (samples[2 * i]! + samples[2 * i + 1]!) >> 1;
  return mono;
}

/** Writes mono PCM s16 as a RIFF WAV file. */
export function writeWav({ sampleRate, samples }: Wav): Uint8Array {
  const data = bytesFromSamples(samples);
  const file = Buffer.alloc(headerBytes + data.length);
  file.write("RIFF", 0, "latin1");
  file.writeUInt32LE(headerBytes - 8 + data.length, 4);
  file.write("WAVEfmt ", 8, "latin1");
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(formatPcm, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(sampleRate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36, "latin1");
  file.writeUInt32LE(data.length, 40);
  file.set(data, headerBytes);
  return file;
}
