import { chunksOf, Framer } from "../audio/framing.ts";
import { type AudioRate, Resampler } from "../audio/resample.ts";
import type { Wav } from "../audio/wav.ts";
import type { Clock } from "../lib/clock.ts";

/** Hz; what the session is told, in and out. */
export const sessionRate = 24_000;
/** A frame as browsers and telephones send them. */
export const frameMs = 20;
export const frameSamples = (sessionRate * frameMs) / 1_000;

/** Waits without keeping the process alive: the connection does. */
export function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}

/** A recording as frames at the session's rate, resampled as they are taken; the last one is filled up with silence. */
export function* recordingFrames({ sampleRate, samples }: Wav): Generator<Int16Array> {
  // The filter is designed from any two whole rates; its type names those that a session can have.
  const resampler = new Resampler(sampleRate as AudioRate, sessionRate);
  const framer = new Framer(frameSamples);
  for (const piece of chunksOf(samples, Math.ceil(sampleRate / 10))) {
    yield* chunksOf(framer.push(resampler.push(piece)), frameSamples);
  }
  yield* chunksOf(framer.push(resampler.flush()), frameSamples);
  if (framer.pending === 0) return;
  const last = new Int16Array(frameSamples);
  last.set(framer.flush());
  yield last;
}

/** Silence without end. */
export function* silentFrames(): Generator<Int16Array> {
  const silence = new Int16Array(frameSamples);
  for (;;) yield silence;
}

/** Gives each frame out when a microphone would: once its last sample has been recorded. Each moment is counted from
 *  the start, so that late timers do not add up; frames that are late come at once, but the socket gets its turn
 *  between them. */
export async function* inRealTime(
  frames: Iterable<Int16Array>,
  clock: Clock,
): AsyncGenerator<Int16Array, void, undefined> {
  let dueMs = clock.monotonic();
  for (const frame of frames) {
    dueMs += frameMs;
    await wait(clock, Math.max(0, dueMs - clock.monotonic()));
    yield frame;
  }
}
