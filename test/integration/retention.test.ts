import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, expect, it } from "vitest";
import { newTempDir, spawnServer } from "../support/server.ts";
import type { ServerProcess } from "../support/server.ts";
import { connect, disconnect, say } from "./socket.ts";
import type { Client } from "./socket.ts";

const testMsMax = 120_000;

let dataDir: string;
beforeEach(async () => {
  dataDir = await newTempDir();
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const start = (retention?: string): Promise<ServerProcess> =>
  spawnServer(dataDir, {
    PARLEY_STT: "synthetic",
    PARLEY_LLM: "synthetic",
    PARLEY_TTS: "synthetic",
    PARLEY_VAD: "energy",
    ...(retention !== undefined && { PARLEY_AUDIO_RETENTION: retention }),
  });

/** Blocks of audio in the store of a server that has ended. Looked at in a copy: a file that this process has opened may
 *  stay in use until a statement is collected. */
async function blocksLeft(): Promise<number> {
  const copy = await newTempDir();
  await cp(dataDir, copy, { recursive: true });
  const sql = new Database(join(copy, "parley.db"));
  const [row] = sql.prepare("select count(*) as n from item_audio").all() as [{ n: number }];
  sql.close();
  await rm(copy, { recursive: true });
  return row.n;
}

/** One spoken answer, and how much of its audio can be read back, in ms. */
async function answerOf({ log, send }: Client): Promise<number> {
  send(say("Go on."));
  send({ type: "response.create" });
  const { item_id: id } = await log.next("response.output_audio.done");
  await log.next("response.done");
  send({ type: "conversation.item.truncate", item_id: id, content_index: 0, audio_end_ms: 1_500 });
  await log.next("conversation.item.truncated");
  send({ type: "conversation.item.retrieve", item_id: id });
  const { item } = await log.next("conversation.item.retrieved");
  const { content } = item as { readonly content: readonly { readonly audio?: string }[] };
  return Buffer.from(content[0]?.audio ?? "", "base64").length / 48;
}

it(
  "[RET-1] keeps audio while its session lives, and after a crash until the next start",
  async () => {
    const crashing = await start();
    const cut = await connect(crashing.url);
    cut.socket.removeAllListeners("close");
    expect(await answerOf(cut)).toBe(1_500);
    await crashing.end("SIGKILL");
    expect(await blocksLeft()).toBeGreaterThan(0);

    const server = await start();
    const client = await connect(server.url);
    expect(await answerOf(client)).toBe(1_500);
    await disconnect(client);
    await server.end("SIGTERM");
    expect(await blocksLeft()).toBe(0);
  },
  testMsMax,
);

it(
  "[RET-2] keeps none at all when asked, and truncates all the same",
  async () => {
    const server = await start("none");
    const client = await connect(server.url);
    expect(await answerOf(client)).toBe(0);
    await disconnect(client);
    await server.end("SIGTERM");
    expect(await blocksLeft()).toBe(0);
  },
  testMsMax,
);

it(
  "[RET-3] keeps audio beyond its session for the time that is asked",
  async () => {
    const server = await start("30d");
    const client = await connect(server.url);
    expect(await answerOf(client)).toBe(1_500);
    await disconnect(client);
    await server.end("SIGTERM");
    // 6 s of an answer in blocks of a second, and no more than that
    expect(await blocksLeft()).toBeGreaterThan(0);
    expect(await blocksLeft()).toBeLessThanOrEqual(10);
  },
  testMsMax,
);

it(
  "[RET-4] keeps nothing of an item that is deleted while it is spoken, and what takes its id has its own audio",
  async () => {
    const server = await start("forever");
    const client = await connect(server.url);
    const { log, send } = client;
    send(say("Go on."));
    send({ type: "response.create" });
    const { item_id: id } = await log.next("response.output_audio.delta");
    send({ type: "conversation.item.delete", item_id: id });
    await log.next("conversation.item.deleted");
    await log.next("response.done");
    const own = Buffer.alloc(48_000, 1).toString("base64");
    const content = [{ type: "input_audio", audio: own }];
    send({ type: "conversation.item.create", item: { id, type: "message", role: "user", content } });
    send({ type: "conversation.item.retrieve", item_id: id });
    const { item } = await log.next("conversation.item.retrieved");
    expect((item as { readonly content: unknown }).content).toMatchObject([{ audio: own }]);
    send({ type: "conversation.item.delete", item_id: id });
    await log.next("conversation.item.deleted");
    await disconnect(client);
    await server.end("SIGTERM");
    expect(await blocksLeft()).toBe(0);
  },
  testMsMax,
);
