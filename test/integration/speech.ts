import { setTimeout as wait } from "node:timers/promises";
import { Resampler } from "../../src/audio/resample.ts";
import type { AudioRate } from "../../src/audio/resample.ts";
import { readRecordings } from "../support/recordings.ts";
import type { Recording } from "../support/recordings.ts";

/** Rate of the protocol's PCM, samples per second. */
const rate = 24_000;
const frameMs = 100;
const frameBytes = (rate / 1_000) * frameMs * 2;

/** A recording as the client sends it: PCM s16le, mono, 24 kHz. */
export function spoken({ samples, sampleRate }: Recording): Buffer {
  const resampler = new Resampler(sampleRate as AudioRate, rate);
  return Buffer.concat(
    [resampler.push(samples), resampler.flush()].map((part) =>
      Buffer.from(part.buffer, part.byteOffset, part.byteLength),
    ),
  );
}

export async function recordingOf(file: string): Promise<Buffer> {
  const found = (await readRecordings()).find((recording) => recording.file === file);
  if (found === undefined) throw new Error(`no recording ${file}`);
  return spoken(found);
}

export const silence = (ms: number): Buffer => Buffer.alloc((rate / 1_000) * ms * 2);

/** Base64 frames of `frameMs`. */
export function* framesOf(audio: Buffer): Generator<string> {
  for (let at = 0; at < audio.length; at += frameBytes) {
    yield audio.subarray(at, at + frameBytes).toString("base64");
  }
}

/** Sends audio as fast as it was spoken. What falls behind on a busy machine catches up. */
export async function streamInRealTime(audio: Buffer, send: (frame: string) => void): Promise<void> {
  const begun = performance.now();
  let sentMs = 0;
  for (const frame of framesOf(audio)) {
    send(frame);
    sentMs += frameMs;
    await wait(Math.max(0, begun + sentMs - performance.now()));
  }
}
