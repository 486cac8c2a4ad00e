import { readFile } from "node:fs/promises";
import { bytesFromSamples } from "../src/audio/pcm.ts";
import { Resampler } from "../src/audio/resample.ts";
import type { AudioRate } from "../src/audio/resample.ts";
import { readWav } from "../src/audio/wav.ts";
import { Random } from "../test/support/random.ts";
import { bytesPerMs, sampleRate } from "./contract.ts";
import { frameMs } from "./pacer.ts";
import { eventFrame } from "./websocket-frames.ts";

/** Audio as append events of `frameMs` each, ready to be written to a socket. */
export type Clip = readonly Buffer[];

const frameBytes = frameMs * bytesPerMs;
/** The recording that a detector of speech is given when no other is named. */
export const defaultRecording = new URL("../test/fixtures/audio/ps_goforward.wav", import.meta.url);

/** @param pcm s16le, 24 kHz; the last frame is filled up with silence */
export function clipOf(pcm: Buffer): Clip {
  const frames: Buffer[] = [];
  for (let at = 0; at < pcm.length; at += frameBytes) {
    const frame = Buffer.alloc(frameBytes);
    pcm.copy(frame, 0, at, at + frameBytes);
    frames.push(eventFrame({ type: "input_audio_buffer.append", audio: frame.toString("base64") }));
  }
  return frames;
}

/** What a quiet room sounds like: never zero, far below any detector's threshold. To be repeated. */
export function quietClip(): Clip {
  const random = new Random(1);
  const pcm = Buffer.alloc(frameBytes * 16);
  for (let at = 0; at < pcm.length; at += 2) pcm.writeInt16LE(random.int(-20, 20), at);
  return clipOf(pcm);
}

/** "Words" of 300 ms at 440 Hz with gaps of 80 ms, too short to be a pause.
 *  @returns utterances of 1.5 to 3 s, each ending with a word */
export function toneClips(): readonly Clip[] {
  const [wordMs, gapMs, wordsMax] = [300, 80, 8];
  const pcm = Buffer.alloc(wordsMax * (wordMs + gapMs) * bytesPerMs);
  for (let i = 0; i < pcm.length / 2; i += 1) {
    const ms = (i / sampleRate) * 1_000;
    const loud = ms % (wordMs + gapMs) < wordMs;
    pcm.writeInt16LE(loud ? Math.round(8_000 * Math.sin((2 * Math.PI * 440 * i) / sampleRate)) : 0, i * 2);
  }
  return [4, 5, 6, 7, 8].map((words) =>
    clipOf(pcm.subarray(0, (words * (wordMs + gapMs) - gapMs) * bytesPerMs)),
  );
}

/** A WAV file as the client sends it. */
export async function recordedClip(file: string | URL): Promise<Clip> {
  const { samples, sampleRate: rate } = readWav(await readFile(file));
  const resampler = new Resampler(rate as AudioRate, sampleRate);
  const parts = [resampler.push(samples), resampler.flush()].map((part) => bytesFromSamples(part));
  return clipOf(Buffer.concat(parts));
}
