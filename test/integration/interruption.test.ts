import { afterAll, beforeAll, expect, it } from "vitest";
import { bytesFromSamples, concatSamples } from "../../src/audio/pcm.ts";
import { createHibariTts } from "../../src/providers/hibari/hibari.ts";
import type { TtsProvider } from "../../src/providers/tts.ts";
import { ensureTestModels } from "../support/models.ts";
import { Random } from "../support/random.ts";
import { startTestServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";
import { configure, connect, disconnect, say } from "./socket.ts";
import type { Client } from "./socket.ts";
import { recordingOf, silence, streamInRealTime } from "./speech.ts";

let server: TestServer;
const sounds = new Map<string, Buffer>();

beforeAll(async () => {
  server = await startTestServer();
  const voice = await createHibariTts({ modelDir: `${await ensureTestModels()}/hibari`, threads: 1 });
  for (const text of ["Okay.", "Yeah.", "I see."]) sounds.set(text, await spokenBy(voice, text));
  await voice.close();
  sounds.set("cough", cough());
});
afterAll(() => server?.close());

async function spokenBy(voice: TtsProvider, text: string): Promise<Buffer> {
  const chunks: Int16Array[] = [];
  const { signal } = new AbortController();
  for await (const { pcm } of voice.synthesize({ text, voice: "", speed: 1, signal })) chunks.push(pcm);
  return Buffer.from(bytesFromSamples(concatSamples(chunks)));
}

/** Noise with a burst at its beginning, through two resonances of a throat. */
function cough(): Buffer {
  const random = new Random(1);
  const samples = new Int16Array(24 * 350);
  const radius = 0.97;
  const resonance = (hz: number) => {
    let [last, before] = [0, 0];
    return (input: number): number => {
      const next = input + 2 * radius * Math.cos((2 * Math.PI * hz) / 24_000) * last - radius ** 2 * before;
      [last, before] = [next, last];
      return next;
    };
  };
  const [throat, mouth] = [resonance(700), resonance(1_300)];
  for (let i = 0; i < samples.length; i += 1) {
    const seconds = i / 24_000;
    const breath = (random.int(-1_000, 1_000) / 2_000) * (seconds < 0.06 ? 2 : 0.3);
    samples[i] = Math.max(-30_000, Math.min(30_000, mouth(throat(breath * Math.exp(-10 * seconds))) * 60));
  }
  return Buffer.from(bytesFromSamples(samples));
}

const question = "Tell me a long story.";
const wordsOf = (text: string): readonly string[] => text.match(/\S+/g) ?? [];

/** A client whose server begins to tell a story, which takes longer than what follows. */
async function listening(interruption: object): Promise<Client> {
  const client = await connect(server.url);
  client.send(configure({ interruption, audio: { input: { transcription: { model: "parley" } } } }));
  client.send(say(question));
  client.send({ type: "response.create" });
  await client.log.next("response.output_audio.delta");
  return client;
}

const hear = ({ send }: Client, audio: Buffer): Promise<void> =>
  streamInRealTime(audio, (frame) => send({ type: "input_audio_buffer.append", audio: frame }));

const sound = (name: string): Buffer =>
  Buffer.concat([silence(1_200), sounds.get(name) ?? silence(0), silence(1_500)]);

/** What an item holds, as it is read back. */
async function heldBy({ send, log }: Client, item_id: string): Promise<string> {
  send({ type: "conversation.item.retrieve", item_id });
  const { item } = await log.next("conversation.item.retrieved");
  return (item as { content: { transcript: string }[] }).content[0]?.transcript ?? "";
}

it("[INT-3] goes on while somebody says that they listen, and stops for a sentence", async () => {
  const client = await listening({ backchannels: "ignore" });
  for (const name of ["Okay.", "Yeah.", "I see."]) await hear(client, sound(name));
  expect(client.log.all("input_audio_buffer.speech_started")).toHaveLength(0);
  expect(client.log.all("response.done")).toHaveLength(0);
  await hear(client, Buffer.concat([await recordingOf("ps_goforward.wav"), silence(1_500)]));
  const done = await client.log.next("response.done");
  expect(done["response"]).toMatchObject({
    status: "cancelled",
    status_details: { reason: "turn_detected" },
  });
  expect(client.log.all("input_audio_buffer.speech_started")).toHaveLength(1);
  const { transcript } = await client.log.next("conversation.item.input_audio_transcription.completed");
  expect(String(transcript)).toMatch(/forward/i);
  await disconnect(client);
});

it("[INT-5] goes on at the word where a cough has stopped it", async () => {
  const client = await listening({ false_interruption: "resume" });
  await hear(client, sound("cough"));
  const first = await client.log.next("response.done");
  expect(first["response"]).toMatchObject({ status: "cancelled" });
  await client.log.next("response.output_audio.delta");
  await hear(client, silence(500));
  const items = client.log
    .all("conversation.item.added")
    .map((event) => event["item"] as { id: string; role: string })
    .filter(({ role }) => role === "assistant");
  expect(items).toHaveLength(2);
  const heard = wordsOf(await heldBy(client, items[0]?.id ?? ""));
  const shown = wordsOf(
    (first["response"] as { output: { content: { transcript: string }[] }[] }).output[0]?.content[0]
      ?.transcript ?? "",
  );
  const going = client.log
    .all("response.output_audio_transcript.delta")
    .filter((event) => event["item_id"] === items[1]?.id)
    .map((event) => String(event["delta"]));
  const rest = wordsOf(going.join(""));
  // about a second and a half was played: some words, and not all that were on their way
  expect(heard.length).toBeGreaterThan(0);
  expect(heard.length).toBeLessThan(shown.length);
  const expected = shown.slice(heard.length);
  const common = Math.min(expected.length, rest.length);
  expect(common).toBeGreaterThan(3);
  expect(rest.slice(0, common)).toEqual(expected.slice(0, common));
  await disconnect(client);
});
