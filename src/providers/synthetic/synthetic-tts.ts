import type { Clock } from "../../lib/clock.ts";
import type { WordMark } from "../../protocol/word-mark.ts";
import type { TtsChunk, TtsProvider, TtsRequest } from "../tts.ts";
import { ttsSampleRate } from "../tts.ts";
import { chunkMs } from "./contract.ts";
import type { SyntheticContract } from "./contract.ts";
import { Schedule } from "./schedule.ts";

const samplesPerMs = ttsSampleRate / 1_000;
const chunkSamples = chunkMs * samplesPerMs;
const toneHz = 500;
const halfPeriodSamples = ttsSampleRate / toneHz / 2;
const magnitudeMin = 1_000;
const magnitudeStep = 64;
/** Answers that sound different; the next one sounds like the first. */
const magnitudes = 256;

/** Magnitude of the wave in which answer `answer` of a session is spoken. */
export const magnitudeOf = (answer: number): number => magnitudeMin + magnitudeStep * (answer % magnitudes);

/** A voice for load tests: chunks of a square wave at fixed times, whose magnitude tells which answer of the session it
 *  belongs to. Each sample depends on its place in the segment only. */
export function createSyntheticTts(contract: SyntheticContract, clock: Clock): TtsProvider {
  return {
    name: "synthetic",
    repeatable: true,
    synthesize: (request) => synthesize(contract, clock, request),
    close: () => Promise.resolve(),
  };
}

async function* synthesize(
  contract: SyntheticContract,
  clock: Clock,
  { text, speed, answer = 0, signal }: TtsRequest,
): AsyncGenerator<TtsChunk, void, undefined> {
  const schedule = new Schedule(clock, signal);
  const marks = marksOf(text, (contract.ttsWordMs * samplesPerMs) / speed);
  const total = marks.at(-1)?.samples ?? 0;
  const wave = waveOf(magnitudeOf(answer));
  try {
    for (let at = 0, i = 0, told = 0; at < total; at += chunkSamples, i += 1) {
      await schedule.reach(contract.ttsFirstMs + i * contract.ttsChunkMs);
      const end = Math.min(at + chunkSamples, total);
      const from = told;
      while ((marks[told]?.samples ?? Infinity) <= end) told += 1;
      yield { pcm: wave.subarray(0, end - at), marks: marks.slice(from, told) };
    }
  } finally {
    schedule.end();
  }
}

/** All words are equally long. */
const marksOf = (text: string, wordSamples: number): WordMark[] =>
  Array.from(text.matchAll(/\S+/g), ({ index, 0: word }, i) => ({
    chars: index + word.length,
    samples: Math.round((i + 1) * wordSamples),
  }));

/** One chunk by magnitude. A chunk is a whole number of periods, so all chunks of an answer are alike. */
const waves = new Map<number, Int16Array<ArrayBuffer>>();

function waveOf(magnitude: number): Int16Array<ArrayBuffer> {
  const known = waves.get(magnitude);
  if (known !== undefined) return known;
  const wave = new Int16Array(chunkSamples);
  for (let i = 0; i < chunkSamples; i += 1) {
    wave[i] = Math.floor(i / halfPeriodSamples) % 2 === 0 ? magnitude : -magnitude;
  }
  waves.set(magnitude, wave);
  return wave;
}
