import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestServer, testApiKey } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";
import { itemIdsOf, pageOf } from "./read-back.ts";
import { configure, connect, disconnect } from "./socket.ts";
import { recordingOf, silence, streamInRealTime } from "./speech.ts";

let server: TestServer;
let sessionId: string;
/** In the order in which they were announced. */
let announced: readonly string[];
let transcript: unknown;

const bearer = { authorization: `Bearer ${testApiKey}` };

/** One spoken turn, of which everything here is asked. */
beforeAll(async () => {
  server = await startTestServer();
  const client = await connect(server.url);
  const { log, send } = client;
  sessionId = client.sessionId;
  send(configure({ audio: { input: { transcription: { model: "parley" } } } }));
  const speech = await recordingOf("ps_goforward.wav");
  const audio = Buffer.concat([silence(300), speech, silence(1_500)]);
  await streamInRealTime(audio, (frame) => send({ type: "input_audio_buffer.append", audio: frame }));
  ({ transcript } = await log.next("conversation.item.input_audio_transcription.completed"));
  while (log.all("response.done").length === 0) await log.next("response.done");
  announced = log.all("conversation.item.done").map(({ item }) => (item as { id: string }).id);
  log.finish();
  await disconnect(client);
});
afterAll(() => server.close());

it("[API-2] reads a conversation back newest first, in pages", async () => {
  expect(announced).toHaveLength(2);
  const newestFirst = announced.toReversed();
  expect(await itemIdsOf(server.http, sessionId)).toEqual(newestFirst);
  expect(await itemIdsOf(server.http, sessionId, 1)).toEqual(newestFirst);
  const page = await pageOf(server.http, sessionId, { limit: "1" });
  expect(page).toMatchObject({ object: "list", has_more: true });
  expect(page.data).toMatchObject([{ id: newestFirst[0], type: "message", role: "assistant" }]);
});

it("remembers what was said", async () => {
  const { data } = await pageOf(server.http, sessionId, {});
  expect(data[1]).toMatchObject({ role: "user", content: [{ type: "input_audio", transcript }] });
  expect(transcript).toMatch(/forward/i);
});

it("[API-1] shows a conversation to nobody without the key, and none that never was", async () => {
  const address = `${server.http}/v1/sessions/${sessionId}/items`;
  expect((await fetch(address)).status).toBe(401);
  const other = await fetch(address.replace(sessionId, "sess_none"), { headers: bearer });
  expect(other.status).toBe(404);
});

it("says that it is alive and ready", async () => {
  expect(await (await fetch(`${server.http}/health`)).json()).toEqual({ status: "ok" });
  expect(await (await fetch(`${server.http}/ready`)).json()).toEqual({ status: "ready" });
});

it("[OBS-1] measures every stage of a spoken turn", async () => {
  const text = await (await fetch(`${server.http}/metrics`)).text();
  const valueOf = (name: string): number =>
    Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(text)?.[1]);
  for (const histogram of [
    "websocket_message_processing",
    "stt_transcription",
    "tts_synthesis",
    "llm_generation",
    "turn_stage",
    "vad_batch_size",
  ]) {
    expect(valueOf(`${histogram}_count`), histogram).toBeGreaterThan(0);
  }
  for (const gauge of ["active_connections", "queue_depth", "worker_utilization"]) {
    expect(valueOf(gauge), gauge).toBeGreaterThanOrEqual(0);
  }
  expect(valueOf("requests_total")).toBeGreaterThan(0);
  for (const counter of ["errors_total", "rate_limits_total"]) {
    expect(text).toContain(`# TYPE ${counter} counter`);
  }
});
