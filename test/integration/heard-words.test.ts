import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { concatSamples, samplesFromBytes } from "../../src/audio/pcm.ts";
import { Resampler } from "../../src/audio/resample.ts";
import { openLibsqlStore } from "../../src/persistence/libsql/store.ts";
import type { Store } from "../../src/persistence/store.ts";
import { createHibariTts } from "../../src/providers/hibari/hibari.ts";
import { modelPath } from "../../src/providers/models/models.ts";
import { createMoonshineStt } from "../../src/providers/moonshine/moonshine.ts";
import { normaliseForSpeech } from "../../src/providers/normalise/normalise.ts";
import type { SttProvider } from "../../src/providers/stt.ts";
import type { TtsProvider } from "../../src/providers/tts.ts";
import { ensureTestModels } from "../support/models.ts";
import { SmallServer } from "../support/small-server.ts";
import type { Client } from "../support/small-server.ts";
import { instantProviders } from "../support/small-parts.ts";
import { normaliseWords } from "../support/wer.ts";

const sentences = [
  "Our library closes early on Friday, so come back before lunch with your sister.",
  "Please remember to bring your passport and a warm coat tomorrow.",
  "There were 12 apples in the basket when Dr. Smith counted them.",
  "The quick brown fox jumped over the lazy dog near the river.",
  "She asked whether the doctor could see her mother before the weekend.",
  "It costs $3.50, sir, and the second ticket is free of charge.",
];
/** Cuts of one sentence, evenly spread: they fall anywhere in words and between them. */
const cutsEach = 8;
/** Silence behind what is recognised: without it the recogniser goes on by itself, ms. */
const silenceMs = 400;
const samplesPerMs = 24;

let folder: string;
let store: Store;
let hibari: TtsProvider;
let moonshine: SttProvider;
let server: SmallServer;
let said = "";

beforeAll(async () => {
  const dir = await ensureTestModels();
  const folderOf = (file: Parameters<typeof modelPath>[1]): string => dirname(modelPath(dir, file));
  hibari = await createHibariTts({ modelDir: folderOf("hibari/hibari.onnx"), threads: 1 });
  moonshine = await createMoonshineStt({ modelDir: folderOf("moonshine/tiny-en/tokenizer.bin"), threads: 1 });
  folder = await mkdtemp(join(tmpdir(), "parley-heard-"));
  store = await openLibsqlStore({ path: join(folder, "parley.db") });
  const providers: ConstructorParameters<typeof SmallServer>[0] = {
    store,
    providers: (clock) => ({ ...instantProviders({ words: () => said }, clock), tts: hibari }),
  };
  server = new SmallServer(providers);
});
afterAll(async () => {
  await server?.end();
  await Promise.all([store?.close(), hibari?.close(), moonshine?.close()]);
  if (folder !== undefined) await rm(folder, { recursive: true });
});

/** The session's time goes as the machine's does, by which the voice works. */
async function until(done: () => boolean): Promise<void> {
  const begun = performance.now();
  for (let last = begun; !done();) {
    await server.settle(20);
    const now = performance.now();
    assert(now < begun + 60_000, "not done after a minute");
    server.clock.advance(now - last);
    last = now;
  }
}

/** An answer that has been spoken; its item, and the length of its audio in ms. */
async function spoken(client: Client, text: string): Promise<{ item: string; lengthMs: number }> {
  said = text;
  client.send("response.create");
  await until(() => client.of("response.done").length === 1);
  const deltas = client.of("response.output_audio.delta");
  const bytes = deltas.reduce((sum, { delta }) => sum + Buffer.from(String(delta), "base64").length, 0);
  return { item: String(deltas[0]?.["item_id"]), lengthMs: Math.floor(bytes / 2 / samplesPerMs) };
}

/** Cuts an item short. @returns what the log says was heard, and the audio that is left */
async function cut(client: Client, item: string, ms: number): Promise<{ heard: string; audio: Int16Array }> {
  const before = client.of("conversation.item.retrieved").length;
  client.send("conversation.item.truncate", { item_id: item, content_index: 0, audio_end_ms: ms });
  client.send("conversation.item.retrieve", { item_id: item });
  await until(() => client.of("conversation.item.retrieved").length > before);
  const retrieved = client.of("conversation.item.retrieved").at(-1)?.["item"];
  const [part] = (retrieved as { content: { audio: string }[] }).content;
  const entry = server.logged(client).findLast(({ type }) => type === "item.truncated");
  assert(entry?.type === "item.truncated" && part !== undefined);
  return { heard: entry.heard, audio: samplesFromBytes(Buffer.from(part.audio, "base64")) };
}

/** Samples that the voice makes of a segment: the same whenever it is asked. */
async function lengthOf(text: string): Promise<number> {
  let length = 0;
  const { signal } = new AbortController();
  for await (const { pcm } of hibari.synthesize({ text, voice: "", speed: 1, signal })) length += pcm.length;
  return length;
}

/** How many words of the text, from its start, a recogniser makes out in the audio. */
async function recognisedWords(text: string, audio: Int16Array): Promise<number> {
  const resampler = new Resampler(24_000, 16_000);
  const silence = new Int16Array(silenceMs * samplesPerMs);
  const pieces = [resampler.push(audio), resampler.push(silence), resampler.flush()];
  const result = await moonshine.transcribe({
    audio: concatSamples(pieces),
    signal: new AbortController().signal,
  });
  const found = normaliseWords(normaliseForSpeech(result.text));
  let at = 0;
  let count = 0;
  for (const word of wordsOf(text)) {
    const expected = normaliseWords(normaliseForSpeech(word));
    if (expected.some((each, i) => found[at + i] !== each)) break;
    at += expected.length;
    count += 1;
  }
  return count;
}

const wordsOf = (text: string): string[] => text.match(/\S+/g) ?? [];

it("[TRU-2] ends a segment where the recogniser hears its last word and none of the next", async () => {
  for (const pair of [sentences.slice(0, 2), sentences.slice(2, 4), sentences.slice(4)]) {
    const text = pair.join(" ");
    const client = server.open();
    const { item } = await spoken(client, text);
    const segments = server.logged(client).flatMap((entry) => (entry.type === "segment" ? [entry.text] : []));
    expect(segments.join("")).toBe(text);
    const ends: number[] = [];
    for (const segment of segments) ends.push((ends.at(-1) ?? 0) + (await lengthOf(segment)));
    // the last one ends where nothing is left to be cut off
    for (let last = segments.length - 2; last >= 0; last -= 1) {
      const ms = Math.floor((ends[last] ?? 0) / samplesPerMs);
      const { heard, audio } = await cut(client, item, ms);
      expect(heard).toBe(
        segments
          .slice(0, last + 1)
          .join("")
          .trimEnd(),
      );
      expect(await recognisedWords(text, audio)).toBe(wordsOf(heard).length);
    }
    expect(segments.length).toBeGreaterThan(1);
    client.close();
  }
});

it("[TRU-2] counts as heard the words that a recogniser makes out in what is left, but for one at the cut", async () => {
  const differences: number[] = [];
  const report: string[] = [];
  for (const text of sentences) {
    const client = server.open();
    const { item, lengthMs } = await spoken(client, text);
    // from the end to the start: what is cut off does not come back
    for (let part = cutsEach; part >= 1; part -= 1) {
      const ms = Math.floor((lengthMs * part) / (cutsEach + 1));
      const { heard, audio } = await cut(client, item, ms);
      expect(audio.length).toBe(ms * samplesPerMs);
      const recognised = await recognisedWords(text, audio);
      const difference = recognised - wordsOf(heard).length;
      differences.push(difference);
      report.push(`${difference} at ${ms} ms: ${heard}`);
    }
    client.close();
  }
  const exact = differences.filter((difference) => difference === 0).length;
  const all = [`${exact} of ${differences.length} exact`, ...report].join("\n");
  if (process.env["PARLEY_TEST_REPORT"] !== undefined) process.stdout.write(`${all}\n`);
  expect(differences).toHaveLength(sentences.length * cutsEach);
  assert(
    differences.every((difference) => Math.abs(difference) <= 1),
    all,
  );
  assert(exact >= differences.length / 5, all);
});
