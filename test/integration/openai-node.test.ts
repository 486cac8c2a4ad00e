import assert from "node:assert/strict";
import { OpenAI } from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import type { RealtimeClientEvent } from "openai/resources/realtime/realtime";
import { expect, it } from "vitest";
import { testApiKey } from "../support/server.ts";
import { EventLog, responseOf, saidIn } from "./event-log.ts";
import type { ServerEvent } from "./event-log.ts";
import { framesOf, recordingOf, silence, streamInRealTime } from "./speech.ts";
import { serverOverTls } from "./tls-server.ts";

const tls = serverOverTls();

interface Conversation {
  readonly log: EventLog;
  readonly send: (event: RealtimeClientEvent) => void;
}

/** The official client, by the address that its user would give it. */
async function converse(): Promise<Conversation> {
  const openai = new OpenAI({ apiKey: testApiKey, baseURL: tls.baseURL });
  const client = new OpenAIRealtimeWS({ model: "parley", options: { ca: tls.ca } }, openai);
  tls.opened(client);
  const log = new EventLog();
  client.on("event", (event) => log.accept(event as unknown as ServerEvent));
  client.on("error", (error) => log.fail(new Error(error.message, { cause: error })));
  await log.next("session.created");
  return { log, send: (event) => client.send(event) };
}

const say = (text: string): RealtimeClientEvent => ({
  type: "conversation.item.create",
  item: { type: "message", role: "user", content: [{ type: "input_text", text }] },
});

const appendTo =
  ({ send }: Conversation) =>
  (audio: string): void =>
    send({ type: "input_audio_buffer.append", audio });

const transcription = { model: "parley" };

it("[PRT-2] holds a conversation in text", async () => {
  const { log, send } = await converse();
  send({ type: "session.update", session: { type: "realtime", output_modalities: ["text"] } });
  await log.next("session.updated");
  for (const [question, answer] of [
    ["What is seven plus five?", /\b(12|twelve)\b/i],
    ["Repeat after me: blue lanterns hang low.", /blue lanterns hang low/i],
  ] as const) {
    send(say(question));
    send({ type: "response.create" });
    const response = responseOf(await log.next("response.done"));
    expect(response.status).toBe("completed");
    expect(saidIn(response)).toMatch(answer);
  }
  expect(log.all("response.output_text.delta").length).toBeGreaterThan(1);
  log.finish();
});

it("[PRT-2] takes a push-to-talk turn and speaks the answer", async () => {
  const conversation = await converse();
  const { log, send } = conversation;
  const input = { turn_detection: null, transcription };
  send({ type: "session.update", session: { type: "realtime", audio: { input } } });
  await log.next("session.updated");
  for (const frame of framesOf(await recordingOf("ps_goforward.wav"))) appendTo(conversation)(frame);
  send({ type: "input_audio_buffer.commit" });
  send({ type: "response.create" });
  const heard = await log.next("conversation.item.input_audio_transcription.completed");
  expect(heard["transcript"]).toMatch(/forward/i);
  const response = responseOf(await log.next("response.done"));
  expect(response.status).toBe("completed");
  expect(saidIn(response)).not.toBe("");
  expect(log.all("response.output_audio.delta").length).toBeGreaterThan(1);
  expect(log.all("input_audio_buffer.speech_started")).toEqual([]);
  log.finish();
});

it("[PRT-2] answers when the speaker pauses", async () => {
  const conversation = await converse();
  const { log, send } = conversation;
  send({ type: "session.update", session: { type: "realtime", audio: { input: { transcription } } } });
  await log.next("session.updated");
  const speech = await recordingOf("ps_something.wav");
  await streamInRealTime(Buffer.concat([silence(300), speech, silence(1_500)]), appendTo(conversation));
  const started = await log.next("input_audio_buffer.speech_started");
  const stopped = await log.next("input_audio_buffer.speech_stopped");
  expect(Number(stopped["audio_end_ms"])).toBeGreaterThan(Number(started["audio_start_ms"]));
  const committed = await log.next("input_audio_buffer.committed");
  expect(committed["item_id"]).toBe(started["item_id"]);
  await log.next("response.created");
  const response = responseOf(await log.next("response.done"));
  expect(response.status).toBe("completed");
  const [heard] = log.all("conversation.item.input_audio_transcription.completed");
  expect(heard?.["transcript"]).toMatch(/something/i);
  log.finish();
});

it("[PRT-2] stops speaking when it is spoken over, and answers what was said", async () => {
  const conversation = await converse();
  const { log, send } = conversation;
  send({ type: "session.update", session: { type: "realtime", audio: { input: { transcription } } } });
  await log.next("session.updated");
  send(say("Tell me a story of a thousand words."));
  send({ type: "response.create" });
  const first = responseOf(await log.next("response.created"));
  const begun = await log.next("response.output_audio.delta");
  const speech = await recordingOf("ps_goforward.wav");
  const speaking = streamInRealTime(Buffer.concat([speech, silence(1_500)]), appendTo(conversation));
  const cut = responseOf(await log.next("response.done"));
  expect(cut).toMatchObject({
    id: first.id,
    status: "cancelled",
    status_details: { type: "cancelled", reason: "turn_detected" },
  });
  send({
    type: "conversation.item.truncate",
    item_id: String(begun["item_id"]),
    content_index: 0,
    audio_end_ms: 100,
  });
  await log.next("conversation.item.truncated");
  const second = responseOf(await log.next("response.done"));
  await speaking;
  expect(second.id).not.toBe(first.id);
  expect(second.status).toBe("completed");
  log.finish();
});

it("[PRT-2] calls a tool and answers from what the tool gave", async () => {
  const { log, send } = await converse();
  const tool = {
    type: "function",
    name: "get_weather",
    description: "The weather in a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  } as const;
  send({
    type: "session.update",
    session: { type: "realtime", output_modalities: ["text"], tools: [tool], tool_choice: "auto" },
  });
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
