import assert from "node:assert/strict";
import { OpenAI } from "openai";
import { OpenAIRealtimeWS } from "openai/beta/realtime/ws";
import type { RealtimeClientEvent } from "openai/resources/beta/realtime/realtime";
import { expect, it } from "vitest";
import { testApiKey } from "../support/server.ts";
import { EventLog, responseOf, saidIn } from "./event-log.ts";
import type { ServerEvent } from "./event-log.ts";
import { recordingOf, silence, streamInRealTime } from "./speech.ts";
import { serverOverTls } from "./tls-server.ts";

const tls = serverOverTls();

interface Conversation {
  readonly log: EventLog;
  readonly send: (event: RealtimeClientEvent) => void;
}

/** The official client of the beta, by the address that its user would give it. */
async function converse(): Promise<Conversation> {
  const openai = new OpenAI({ apiKey: testApiKey, baseURL: tls.baseURL });
  const client = new OpenAIRealtimeWS({ model: "parley", options: { ca: tls.ca } }, openai);
  tls.opened(client);
  const log = new EventLog("beta");
  client.on("event", (event) => log.accept(event as unknown as ServerEvent));
  client.on("error", (error) => log.fail(new Error(error.message, { cause: error })));
  await log.next("session.created");
  await log.next("conversation.created");
  return { log, send: (event) => client.send(event) };
}

const say = (text: string): RealtimeClientEvent => ({
  type: "conversation.item.create",
  item: { type: "message", role: "user", content: [{ type: "input_text", text }] },
});

it("[PRT-2] [DIA-1] holds a conversation in text with the beta's client", async () => {
  const { log, send } = await converse();
  send({ type: "session.update", session: { modalities: ["text"], temperature: 0.6 } });
  await log.next("session.updated");
  send(say("What is seven plus five?"));
  send({ type: "response.create" });
  const response = responseOf(await log.next("response.done"));
  expect(response.status).toBe("completed");
  expect(saidIn(response)).toMatch(/\b(12|twelve)\b/i);
  expect(log.all("response.text.delta").length).toBeGreaterThan(0);
  log.finish();
});

it("[PRT-2] [DIA-1] answers the beta's client when the speaker pauses", async () => {
  const { log, send } = await converse();
  send({
    type: "session.update",
    session: { input_audio_transcription: { model: "whisper-1" }, turn_detection: { type: "server_vad" } },
  });
  await log.next("session.updated");
  const speech = await recordingOf("ps_something.wav");
  await streamInRealTime(Buffer.concat([silence(300), speech, silence(1_500)]), (audio) =>
    send({ type: "input_audio_buffer.append", audio }),
  );
  const started = await log.next("input_audio_buffer.speech_started");
  const committed = await log.next("input_audio_buffer.committed");
  expect(committed["item_id"]).toBe(started["item_id"]);
  const response = responseOf(await log.next("response.done"));
  expect(response.status).toBe("completed");
  expect(saidIn(response)).not.toBe("");
  expect(log.all("response.audio.delta").length).toBeGreaterThan(1);
  const [heard] = log.all("conversation.item.input_audio_transcription.completed");
  expect(heard?.["transcript"]).toMatch(/something/i);
  log.finish();
});

it("[PRT-2] [DIA-1] calls a tool of the beta's client and answers from what it gave", async () => {
  const { log, send } = await converse();
  const tool = {
    type: "function",
    name: "get_weather",
    description: "The weather in a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  } as const;
  send({ type: "session.update", session: { modalities: ["text"], tools: [tool], tool_choice: "auto" } });
  await log.next("session.updated");
  send(say("What is the weather in Paris?"));
  send({ type: "response.create" });
  const [call] = responseOf(await log.next("response.done")).output;
  assert(call?.call_id !== undefined, "the answer is no call");
  expect(call).toMatchObject({ type: "function_call", name: "get_weather" });
  expect(JSON.parse(call.arguments ?? "")).toEqual({ city: "Paris" });
  const output = JSON.stringify({ sky: "cloudy", degrees: 17 });
  send({
    type: "conversation.item.create",
    item: { type: "function_call_output", call_id: call.call_id, output },
  });
  send({ type: "response.create" });
  const response = responseOf(await log.next("response.done"));
  expect(response.status).toBe("completed");
  expect(saidIn(response)).toMatch(/cloudy/);
  log.finish();
});
