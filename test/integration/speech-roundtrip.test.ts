import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { concatSamples, peakOf, rmsOf } from "../../src/audio/pcm.ts";
import { Resampler } from "../../src/audio/resample.ts";
import { createFliteTts } from "../../src/providers/flite/flite.ts";
import { createHibariTts } from "../../src/providers/hibari/hibari.ts";
import { modelPath } from "../../src/providers/models/models.ts";
import { createMoonshineStt } from "../../src/providers/moonshine/moonshine.ts";
import { normaliseForSpeech } from "../../src/providers/normalise/normalise.ts";
import type { SttProvider } from "../../src/providers/stt.ts";
import type { TtsProvider } from "../../src/providers/tts.ts";
import { ensureTestModels } from "../support/models.ts";
import { addWordErrors, wordErrors } from "../support/wer.ts";

interface Sentence {
  readonly kind: string;
  readonly text: string;
  /** What a listener writes down, where it is not the text itself. */
  readonly spoken?: string;
}
const sentences = JSON.parse(
  readFileSync(new URL("../fixtures/spoken-sentences.json", import.meta.url), "utf8"),
) as readonly Sentence[];

/** Of a request that is never aborted. */
const newSignal = (): AbortSignal => new AbortController().signal;
let hibari: TtsProvider;
let flite: TtsProvider;
let moonshine: SttProvider;

beforeAll(async () => {
  const dir = await ensureTestModels();
  const folderOf = (file: Parameters<typeof modelPath>[1]): string => dirname(modelPath(dir, file));
  hibari = await createHibariTts({ modelDir: folderOf("hibari/hibari.onnx"), threads: 1 });
  flite = await createFliteTts();
  moonshine = await createMoonshineStt({ modelDir: folderOf("moonshine/tiny-en/tokenizer.bin"), threads: 1 });
});
afterAll(() => Promise.all([hibari?.close(), flite?.close(), moonshine?.close()]));

async function chunksOf(tts: TtsProvider, text: string, speed = 1): Promise<Int16Array[]> {
  const chunks: Int16Array[] = [];
  for await (const { pcm } of tts.synthesize({ text, voice: "", speed, signal: newSignal() }))
    chunks.push(pcm);
  return chunks;
}

async function understood(audio: Int16Array): Promise<string> {
  const resampler = new Resampler(24_000, 16_000);
  const { text } = await moonshine.transcribe({
    audio: concatSamples([resampler.push(audio), resampler.flush()]),
    signal: newSignal(),
  });
  return text;
}

async function roundTrip(tts: TtsProvider): Promise<{ rate: number; report: string; audio: Int16Array[] }> {
  const audio: Int16Array[] = [];
  const results = [];
  const report: string[] = [];
  for (const { text, spoken } of sentences) {
    const speech = concatSamples(await chunksOf(tts, text));
    const heard = await understood(speech);
    // The recogniser writes "$12.50" for what it heard: written out again, it can be compared with what was said.
    const result = wordErrors(spoken ?? text, normaliseForSpeech(heard));
    audio.push(speech);
    results.push(result);
    if (result.errors > 0) report.push(`${result.errors}: ${text} → ${heard}`);
  }
  const { errors, words } = addWordErrors(results);
  return { rate: errors / words, report: [`${errors} of ${words}`, ...report].join("\n"), audio };
}

it("holds twenty sentences, twelve of them with something hard to say", () => {
  expect(sentences).toHaveLength(20);
  expect(sentences.filter((sentence) => sentence.kind !== "plain")).toHaveLength(12);
});

describe("the neural voice", () => {
  it("[SPK-2] is understood by the recogniser in all but a tenth of the words, and never clips", async () => {
    const { rate, report, audio } = await roundTrip(hibari);
    assert.ok(rate <= 0.1, report);
    for (const speech of audio) expect(peakOf(speech)).toBeLessThan(0.95);
    const level = rmsOf(concatSamples(audio));
    expect(level).toBeGreaterThan(0.03);
    expect(level).toBeLessThan(0.07);
  });

  it("[SPK-3] gives the same samples for the same request, in chunks of 20 to 200 ms", async () => {
    const text = "It costs $4.20. Shall I order it?";
    const [first, second] = [await chunksOf(hibari, text), await chunksOf(hibari, text)];
    expect(second).toEqual(first);
    for (const chunk of first) {
      expect(chunk.length).toBeGreaterThanOrEqual(480);
      expect(chunk.length).toBeLessThanOrEqual(4_800);
    }
  });

  it("begins within 30 ms of sound and ends in a pause that fits the mark", async () => {
    const pauseMs = async (text: string): Promise<number> => {
      const speech = concatSamples(await chunksOf(hibari, text));
      const last = speech.findLastIndex((sample) => Math.abs(sample) > 100);
      const first = speech.findIndex((sample) => Math.abs(sample) > 30);
      expect(first).toBeLessThan(24 * 60);
      return (speech.length - last) / 24;
    };
    expect(await pauseMs("Here is the answer.")).toBeGreaterThan(200);
    expect(await pauseMs("Here is the answer.")).toBeLessThan(450);
    expect(await pauseMs("Here is the answer,")).toBeLessThan(300);
  });

  it("speaks at half speed and faster", async () => {
    const length = async (speed: number): Promise<number> =>
      concatSamples(await chunksOf(hibari, "One two three four five.", speed)).length;
    const normal = await length(1);
    expect((await length(0.5)) / normal).toBeGreaterThan(1.6);
    expect((await length(1.5)) / normal).toBeLessThan(0.8);
    expect(await length(0.25)).toBe(await length(0.5));
  });

  it.each(["", " ", "🎉🎉", "**__**", "日本語", "'", "- - -", "\u0000"])(
    "says nothing for %j",
    async (text) => {
      expect(await chunksOf(hibari, text)).toEqual([]);
    },
  );

  it("stops within a chunk when the request is aborted", async () => {
    const abort = new AbortController();
    let chunks = 0;
    const request = {
      text: "A long sentence that goes on. ".repeat(30),
      voice: "",
      speed: 1,
      signal: abort.signal,
    };
    const reading = (async () => {
      for await (const _ of hibari.synthesize(request)) if (++chunks === 3) abort.abort();
    })();
    await expect(reading).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(chunks).toBe(3);
    expect(await chunksOf(hibari, "Next.")).not.toEqual([]);
  });

  it("refuses one request too many, and takes the next when one has ended", async () => {
    const readers = Array.from({ length: 16 }, () =>
      hibari
        .synthesize({ text: "Hello there.", voice: "", speed: 1, signal: newSignal() })
        [Symbol.asyncIterator](),
    );
    await Promise.all(readers.map(async (reader) => reader.next()));
    await expect(chunksOf(hibari, "One more.")).rejects.toMatchObject({ code: "ERR_BUSY" });
    await Promise.all(readers.map(async (reader) => reader.return?.()));
    expect(await chunksOf(hibari, "One more.")).not.toEqual([]);
  });

  it("says which files are missing by a code", async () => {
    const missing = createHibariTts({ modelDir: "no-such-folder", threads: 1 });
    await expect(missing).rejects.toMatchObject({ code: "ERR_MODELS" });
  });
});

describe("the npm-only voice", () => {
  it("is understood by the recogniser in all but a fifth of the words, and never clips", async () => {
    const { rate, report, audio } = await roundTrip(flite);
    assert.ok(rate <= 0.2, report);
    for (const speech of audio) expect(peakOf(speech)).toBeLessThan(0.95);
  });
});
