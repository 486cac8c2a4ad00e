import type { CallId, ItemId, ResponseId } from "../../src/lib/ids.ts";
import { dialects } from "../../src/protocol/dialect.ts";
import type { DialectName } from "../../src/protocol/dialect.ts";
import type { Item } from "../../src/protocol/items.ts";
import { effectiveResponseConfig, noOverrides } from "../../src/protocol/response-config.ts";
import { beginningResponse, textUsage } from "../../src/protocol/server-events.ts";
import type { ResponseObject, ServerEvent } from "../../src/protocol/server-events.ts";
import { defaultSessionConfig } from "../../src/protocol/session-config.ts";
import { sessionObject } from "../../src/protocol/session-object.ts";

/** A whole conversation in the order that the protocol asks for: session, a spoken user turn, an answer of speech
 *  and a call, and every other event once. */

const config = defaultSessionConfig("parley");
export const session = sessionObject(config, "sess_1", 1_800_000_000);

const user = "item_user" as ItemId;
const answer = "item_answer" as ItemId;
const call = "item_call" as ItemId;
const callId = "call_1" as CallId;
const response = "resp_1" as ResponseId;

const userItem: Item = {
  id: user,
  object: "realtime.item",
  type: "message",
  role: "user",
  status: "completed",
  content: [{ type: "input_audio", transcript: null }],
};

const answerItem = (status: "in_progress" | "completed", text: string | null): Item => ({
  id: answer,
  object: "realtime.item",
  type: "message",
  role: "assistant",
  status,
  content: text === null ? [] : [{ type: "output_audio", transcript: text }],
});

const callItem = (status: "in_progress" | "completed", text: string): Item => ({
  id: call,
  object: "realtime.item",
  type: "function_call",
  status,
  name: "look_up",
  call_id: callId,
  arguments: text,
});

const begun: ResponseObject = {
  ...beginningResponse(response, effectiveResponseConfig(config, noOverrides), "conv_1"),
  metadata: { topic: "weather" },
};
const part = { response_id: response, item_id: answer, output_index: 0, content_index: 0 };
const inCall = { response_id: response, item_id: call, output_index: 1, call_id: callId };

export const userTurn: readonly ServerEvent[] = [
  { type: "session.created", session },
  { type: "session.updated", session },
  { type: "input_audio_buffer.speech_started", audio_start_ms: 100, item_id: user },
  { type: "input_audio_buffer.speech_stopped", audio_end_ms: 900, item_id: user },
  { type: "input_audio_buffer.committed", item_id: user, previous_item_id: null },
  { type: "conversation.item.added", item: userItem, previous_item_id: null },
  { type: "conversation.item.done", item: userItem, previous_item_id: null },
  {
    type: "conversation.item.input_audio_transcription.delta",
    item_id: user,
    content_index: 0,
    delta: "hello",
  },
  {
    type: "conversation.item.input_audio_transcription.completed",
    item_id: user,
    content_index: 0,
    transcript: "hello",
    usage: { type: "duration", seconds: 0.8 },
  },
];

export const answerTurn: readonly ServerEvent[] = [
  { type: "response.created", response: begun },
  {
    type: "rate_limits.updated",
    rate_limits: [{ name: "requests", limit: 10, remaining: 9, reset_seconds: 1.5 }],
  },
  {
    type: "response.output_item.added",
    response_id: response,
    output_index: 0,
    item: answerItem("in_progress", null),
  },
  { type: "conversation.item.added", item: answerItem("in_progress", null), previous_item_id: user },
  { type: "response.content_part.added", ...part, part: { type: "audio", transcript: "" } },
  { type: "response.output_audio_transcript.delta", ...part, delta: "Hi " },
  { type: "response.output_audio.delta", ...part, delta: new Uint8Array([1, 2, 3, 4]) },
  { type: "response.output_audio_transcript.delta", ...part, delta: "there" },
  { type: "response.output_audio.done", ...part },
  { type: "response.output_audio_transcript.done", ...part, transcript: "Hi there" },
  { type: "response.content_part.done", ...part, part: { type: "audio", transcript: "Hi there" } },
  { type: "conversation.item.done", item: answerItem("completed", "Hi there"), previous_item_id: user },
  {
    type: "response.output_item.done",
    response_id: response,
    output_index: 0,
    item: answerItem("completed", "Hi there"),
  },
  {
    type: "response.output_item.added",
    response_id: response,
    output_index: 1,
    item: callItem("in_progress", ""),
  },
  { type: "conversation.item.added", item: callItem("in_progress", ""), previous_item_id: answer },
  { type: "response.function_call_arguments.delta", ...inCall, delta: '{"a":' },
  { type: "response.function_call_arguments.delta", ...inCall, delta: "1}" },
  { type: "response.function_call_arguments.done", ...inCall, name: "look_up", arguments: '{"a":1}' },
  { type: "conversation.item.done", item: callItem("completed", '{"a":1}'), previous_item_id: answer },
  {
    type: "response.output_item.done",
    response_id: response,
    output_index: 1,
    item: callItem("completed", '{"a":1}'),
  },
  {
    type: "response.done",
    response: {
      ...begun,
      status: "completed",
      output: [answerItem("completed", "Hi there"), callItem("completed", '{"a":1}')],
      usage: textUsage(12, 4, 6),
    },
  },
];

export const afterwards: readonly ServerEvent[] = [
  { type: "conversation.item.truncated", item_id: answer, content_index: 0, audio_end_ms: 10 },
  {
    type: "conversation.item.retrieved",
    item: userItem,
    audio: new Map([[0, new Uint8Array([7, 7])]]),
  },
  { type: "conversation.item.deleted", item_id: call },
  { type: "input_audio_buffer.cleared" },
  { type: "input_audio_buffer.timeout_triggered", audio_start_ms: 1, audio_end_ms: 2, item_id: user },
  {
    type: "conversation.item.input_audio_transcription.failed",
    item_id: "item_other" as ItemId,
    content_index: 0,
    error: { type: "server_error", code: "stt_failed", message: "could not be recognised" },
  },
  {
    type: "error",
    error: {
      type: "invalid_request_error",
      code: "invalid_value",
      message: "Invalid.",
      param: null,
      event_id: null,
    },
  },
];

export const sampleConversation: readonly ServerEvent[] = [...userTurn, ...answerTurn, ...afterwards];

export interface SentEvent {
  readonly type: string;
  readonly event_id: string;
  readonly [key: string]: unknown;
}

/** The events as a client of this dialect reads them from its frames. */
export function asSent(events: readonly ServerEvent[], name: DialectName = "ga"): SentEvent[] {
  const { outgoing, encode } = dialects[name];
  return outgoing(events).map((event, index) => JSON.parse(encode(event, `event_${index}`)) as SentEvent);
}
