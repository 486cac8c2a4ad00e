import { ParleyError } from "../../src/lib/errors.ts";
import type { Store } from "../../src/persistence/store.ts";
import type { LlmProvider, LlmRequest } from "../../src/providers/llm.ts";
import type { SttProvider, SttRequest } from "../../src/providers/stt.ts";
import type { TtsProvider } from "../../src/providers/tts.ts";
import type { VadEngine } from "../../src/providers/vad.ts";
import type { FakeClock } from "../contracts/fake-clock.ts";
import { byLoudness, loudnessVad } from "./loudness.ts";

export interface Parts {
  /** One decision about whole frames; at once and by loudness when absent. */
  readonly judge?: (samples: Int16Array, clock: FakeClock) => Promise<Float32Array>;
  readonly transcribe?: (request: SttRequest) => Promise<string>;
  /** Waited for before the model says anything. */
  readonly beforeWords?: (request: LlmRequest) => Promise<void>;
  readonly sttSlots?: number;
  /** What the model says: two short sentences when absent. */
  readonly words?: (request: LlmRequest) => string;
  /** Wait before each word of the model, ms of this world's time; none when absent. */
  readonly tokenMs?: number;
  /** How long the voice takes for a word, ms; 100 ms for a whole segment when absent. */
  readonly wordMs?: number;
  /** In place of all of the above. */
  readonly providers?: (clock: FakeClock) => Providers;
  /** Keeps log and audio, in place of a log in memory. */
  readonly store?: Store;
}

export interface Providers {
  readonly stt: SttProvider;
  readonly llm: LlmProvider;
  readonly tts: TtsProvider;
  readonly vad: VadEngine;
}

export const instantProviders = (parts: Parts, clock: FakeClock): Providers => ({
  stt: recogniser(parts),
  llm: model(parts, clock),
  tts: voiceOf(parts),
  // a judge that throws at once throws at its caller
  vad: loudnessVad((samples) => parts.judge?.(samples, clock) ?? Promise.resolve(byLoudness(samples))),
});

/** Level of the audio, thousands. */
export const levelOf = (audio: Int16Array): string =>
  `level ${Math.round((audio[audio.length >> 1] ?? 0) / 1_000)}`;

function recogniser({ transcribe }: Parts): SttProvider {
  return {
    name: "level",
    transcribe: async (request) => ({ text: (await transcribe?.(request)) ?? levelOf(request.audio) }),
    close: async () => {},
  };
}

function model({ beforeWords, words, tokenMs }: Parts, clock: FakeClock): LlmProvider {
  return {
    name: "one sentence",
    canContinue: true,
    takesImages: false,
    async *generate(request) {
      await beforeWords?.(request);
      const text = words?.(request) ?? "One word. And another one.";
      const delivered = request.continueAfter ?? "";
      if (!text.startsWith(delivered))
        throw new ParleyError("ERR_CANNOT_CONTINUE", "it has said other words");
      for (const token of text.slice(delivered.length).match(/\s*\S+/g) ?? []) {
        if (tokenMs !== undefined) await new Promise<void>((resolve) => void clock.after(tokenMs, resolve));
        if (request.signal.aborted) throw new ParleyError("ERR_ABORTED", "nobody wants it");
        yield { type: "text", text: token };
      }
      yield { type: "end", reason: "stop", inputTokens: 1, cachedTokens: 0, outputTokens: 2 };
    },
    close: async () => {},
  };
}

/** Each word is a level of its own: its place in its segment, from 1. */
const voiceOf = ({ wordMs }: Parts): TtsProvider => ({
  name: "hum",
  repeatable: true,
  async *synthesize({ text }) {
    if (wordMs === undefined) return yield { pcm: new Int16Array(2_400).fill(500) };
    const words = [...text.matchAll(/\S+/g)];
    for (const [index, { 0: word, index: start }] of words.entries()) {
      const pcm = new Int16Array(wordMs * 24).fill((index + 1) * 100);
      yield { pcm, marks: [{ chars: start + word.length, samples: (index + 1) * wordMs * 24 }] };
    }
  },
  close: async () => {},
});
