import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultTenant } from "../../src/lib/ids.ts";
import { openLibsqlStore } from "../../src/persistence/libsql/store.ts";
import type { Store } from "../../src/persistence/store.ts";
import type { LlmMessage } from "../../src/protocol/generation.ts";
import type { LlmProvider } from "../../src/providers/llm.ts";
import type { SyntheticContract } from "../../src/providers/synthetic/contract.ts";
import { createSyntheticLlm } from "../../src/providers/synthetic/synthetic-llm.ts";
import { createSyntheticTts } from "../../src/providers/synthetic/synthetic-tts.ts";
import type { FakeClock } from "../contracts/fake-clock.ts";
import { instantProviders } from "../support/small-parts.ts";
import type { Providers } from "../support/small-parts.ts";
import type { Received } from "../support/log-before-event.ts";
import { SmallServer } from "../support/small-server.ts";
import type { Client } from "../support/small-server.ts";

/** All that the oracle knows: a word takes this long, and the words come one after the other. */
const wordMs = 300;
const contract: SyntheticContract = {
  sttMs: 50,
  llmFirstMs: 50,
  llmTokenMs: 5,
  llmSentences: 2,
  llmWords: 6,
  ttsFirstMs: 30,
  ttsChunkMs: 10,
  ttsWordMs: wordMs,
};
const heardWithin = (text: string, ms: number): string =>
  text
    .split(/\s+/)
    .slice(0, Math.floor(ms / wordMs))
    .join(" ");

/** What each job of the language model was given to read. */
const contexts: (readonly LlmMessage[])[] = [];
let folder: string;
let store: Store;
let server: SmallServer;

function providers(clock: FakeClock): Providers {
  const llm = createSyntheticLlm(contract, clock);
  const noted: LlmProvider = {
    ...llm,
    generate: (request) => {
      contexts.push(request.messages);
      return llm.generate(request);
    },
  };
  return { ...instantProviders({}, clock), llm: noted, tts: createSyntheticTts(contract, clock) };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parley-truncation-"));
  store = await openLibsqlStore({ path: join(folder, "parley.db") });
  server = new SmallServer({ providers, store });
});
afterAll(async () => {
  await server.end();
  await store.close();
  await rm(folder, { recursive: true });
});

const formats = { "audio/pcm": 48, "audio/pcmu": 8, "audio/pcma": 8 } as const;
type Format = keyof typeof formats;

const bytesOf = (event: Received): number => Buffer.from(event["delta"] as string, "base64").length;
const receivedMs = (client: Client, format: Format): number =>
  client.of("response.output_audio.delta").reduce((sum, event) => sum + bytesOf(event), 0) / formats[format];
/** The text of an item as the client was shown it. */
const shownText = (client: Client, item: string): string =>
  client
    .of("response.output_audio_transcript.delta")
    .filter((event) => event["item_id"] === item)
    .map((event) => event["delta"] as string)
    .join("");
/** The first answer's. */
const itemId = (client: Client): string => {
  const [added] = client.of("response.output_item.added");
  assert(added !== undefined, "no item");
  return (added["item"] as { id: string }).id;
};
const answersEnded = (client: Client): number => client.of("response.done").length;
const lastError = (client: Client) =>
  client.of("error").at(-1)?.["error"] as { code: string; message: string; event_id: string } | undefined;

function ask(client: Client, text: string): void {
  const content = [{ type: "input_text", text }];
  client.send("conversation.item.create", { item: { type: "message", role: "user", content } });
  client.send("response.create");
}

async function converse(format: Format): Promise<Client> {
  const client = server.open();
  client.send("session.update", {
    session: {
      type: "realtime",
      audio: { output: { format: { type: format } }, input: { turn_detection: null } },
    },
  });
  ask(client, "What will they do?");
  return client;
}

const truncate = (client: Client, item: string, ms: number): string =>
  client.send("conversation.item.truncate", { item_id: item, content_index: 0, audio_end_ms: ms });

/** How an answer stands when it is cut short. */
const stages = ["streaming", "cut then cancelled", "cancelled then cut", "finished", "long ago"] as const;

interface Cut {
  readonly stage: (typeof stages)[number];
  readonly format: Format;
  /** How much of the answer had been sent, of 1, where it is still streaming. */
  readonly sent: number;
  /** Where the client stopped playing, of 1 of what it had. */
  readonly played: number;
  /** A second cut, of 1 of the first. */
  readonly again: number | undefined;
}

const cuts: fc.Arbitrary<Cut> = fc.record({
  stage: fc.constantFrom(...stages),
  format: fc.constantFrom(...(Object.keys(formats) as Format[])),
  sent: fc.double({ min: 0.02, max: 0.95, noNaN: true }),
  played: fc.double({ min: 0, max: 1, noNaN: true }),
  again: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
});

/** Brings an answer to its stage, cuts it, and lets it end. @returns where the client stopped playing, ms */
async function play(client: Client, cut: Cut): Promise<number> {
  const { stage, format, played } = cut;
  const whole = contract.llmSentences * contract.llmWords * wordMs;
  const isOver = stage === "finished" || stage === "long ago";
  await server.until(
    () => (isOver ? answersEnded(client) === 1 : receivedMs(client, format) >= cut.sent * whole),
    20_000,
  );
  const item = itemId(client);
  const ms = Math.floor(receivedMs(client, format) * played);
  if (stage === "long ago") {
    ask(client, "And then?");
    await server.until(() => answersEnded(client) === 2, 20_000);
  }
  if (stage === "cancelled then cut") client.send("response.cancel");
  truncate(client, item, ms);
  if (stage === "cut then cancelled") client.send("response.cancel");
  await server.settle(20);
  expect(lastError(client)).toBeUndefined();
  return ms;
}

/** What the client is given when it asks for the item. */
async function assertRetrieved(client: Client, item: string, ms: number, heard: string): Promise<void> {
  client.send("conversation.item.retrieve", { item_id: item });
  await server.settle(20);
  const retrieved = client.of("conversation.item.retrieved").at(-1)?.["item"] as {
    content: { transcript: string; audio?: string }[];
  };
  expect(retrieved.content[0]?.transcript).toBe(heard);
  const audio = Buffer.from(retrieved.content[0]?.audio ?? "", "base64");
  expect(audio.length / formats["audio/pcm"]).toBe(ms);
}

/** What is kept of the item everywhere else than on the wire. */
async function assertKept(
  client: Client,
  item: string,
  ms: number,
  heard: string,
  count: number,
): Promise<void> {
  const entries = server.logged(client).filter((entry) => entry.type === "item.truncated");
  expect(entries).toHaveLength(count);
  expect(entries.at(-1)).toEqual({ type: "item.truncated", item, audioEndMs: ms, heard });
  expect(client.of("conversation.item.truncated").at(-1)).toMatchObject({
    item_id: item,
    content_index: 0,
    audio_end_ms: ms,
  });
  const { entries: stored } = await store.items(defaultTenant, client.id, { limit: 100 });
  const kept = stored.find((one) => (one.item.id as string) === item)?.item;
  expect(kept).toMatchObject({ content: [{ type: "output_audio", transcript: heard }] });

  await assertRetrieved(client, item, ms, heard);
}

/** What the model reads of the answers: the first one as it was heard, the others whole. */
async function assertContext(client: Client, heard: string): Promise<void> {
  const [before, others] = [contexts.length, answersEnded(client) - 1];
  ask(client, "Say it again.");
  await server.until(() => contexts.length > before, 10_000);
  const read = contexts.at(-1)!.flatMap((message) => (message.role === "assistant" ? [message.text] : []));
  expect(read.slice(0, read.length - others)).toEqual(heard === "" ? [] : [heard]);
  for (const text of read.slice(read.length - others)) {
    expect(text.split(" ")).toHaveLength(contract.llmSentences * contract.llmWords);
  }
}

describe("[TRU-1] what stays of an answer that was cut short", () => {
  it("is the words that had been played, to the word", async () => {
    await fc.assert(
      fc.asyncProperty(cuts, async (cut) => {
        const client = await converse(cut.format);
        const ms = await play(client, cut);
        const item = itemId(client);
        await server.until(() => answersEnded(client) >= 1, 20_000);
        const heard = heardWithin(shownText(client, item), ms);
        await assertKept(client, item, ms, heard, 1);
        let [last, lastMs] = [heard, ms];
        if (cut.again !== undefined) {
          lastMs = Math.floor(ms * cut.again);
          last = heardWithin(shownText(client, item), lastMs);
          truncate(client, item, lastMs);
          await server.settle(20);
          await assertKept(client, item, lastMs, last, 2);
        }
        const beyond = truncate(client, item, lastMs + 1);
        await server.settle(20);
        expect(lastError(client)).toMatchObject({
          event_id: beyond,
          message: `Audio content of ${lastMs}ms is already shorter than ${lastMs + 1}ms`,
        });
        await assertContext(client, last);
        client.close();
        await server.until(() => server.busy === 0, 20_000);
      }),
      { numRuns: 200 },
    );
  }, 300_000);

  it("is told at once of an answer that goes on, and what follows does not change it", async () => {
    const client = await converse("audio/pcm");
    await server.until(() => receivedMs(client, "audio/pcm") >= 1_000, 20_000);
    const item = itemId(client);
    truncate(client, item, 950);
    await assertRetrieved(client, item, 950, heardWithin(shownText(client, item), 950));
    expect(answersEnded(client)).toBe(0);
    await server.until(() => answersEnded(client) === 1, 20_000);
    await assertKept(client, item, 950, heardWithin(shownText(client, item), 950), 1);
    client.close();
    await server.until(() => server.busy === 0, 20_000);
  });

  it("is counted against what had left before the cancel", async () => {
    const client = await converse("audio/pcm");
    await server.until(() => receivedMs(client, "audio/pcm") >= 1_000, 20_000);
    client.slow = true;
    await server.run(50, 10); // more is made, and waits for the client
    const [item, ms] = [itemId(client), receivedMs(client, "audio/pcm")];
    client.send("response.cancel");
    const tooLong = truncate(client, item, ms + 1);
    truncate(client, item, ms);
    await server.settle(20);
    client.drained();
    await server.until(() => answersEnded(client) === 1, 20_000);
    expect(receivedMs(client, "audio/pcm")).toBe(ms);
    expect(lastError(client)).toMatchObject({
      event_id: tooLong,
      message: `Audio content of ${ms}ms is already shorter than ${ms + 1}ms`,
    });
    await assertKept(client, item, ms, heardWithin(shownText(client, item), ms), 1);
    client.close();
    await server.until(() => server.busy === 0, 20_000);
  });

  it("is nothing of an answer beside the conversation, of a deleted item or of text", async () => {
    const client = await converse("audio/pcm");
    await server.until(() => answersEnded(client) === 1, 20_000);
    const deleted = itemId(client);
    client.send("conversation.item.delete", { item_id: deleted });
    client.send("response.create", { response: { conversation: "none" } });
    await server.until(() => answersEnded(client) === 2, 20_000);
    client.send("response.create", { response: { output_modalities: ["text"] } });
    await server.until(() => answersEnded(client) === 3, 20_000);
    const items = client
      .of("response.output_item.added")
      .map((event) => (event["item"] as { id: string }).id);
    for (const item of items) truncate(client, item, 0);
    await server.settle(20);
    expect(client.codes()).toEqual([
      "item_truncate_invalid_item_id",
      "item_truncate_invalid_item_id",
      "invalid_value",
    ]);
    client.close();
    await server.until(() => server.busy === 0, 20_000);
  });
});
