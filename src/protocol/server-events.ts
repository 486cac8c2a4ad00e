import type { CallId, ItemId, ResponseId } from "../lib/ids.ts";
import { encodeBase64 } from "./base64.ts";
import type { Item } from "./items.ts";
import type { RealtimeError } from "./realtime-error.ts";
import type { ResponseObject } from "./response-object.ts";
import type { SessionObject } from "./session-object.ts";

export { beginningResponse, conversationIdOf, emptyUsage, textUsage } from "./response-object.ts";
export type { ResponseObject } from "./response-object.ts";

/** Where in a response something belongs. */
interface InPart {
  readonly response_id: ResponseId;
  readonly item_id: ItemId;
  readonly output_index: number;
  readonly content_index: number;
}

interface InCall {
  readonly response_id: ResponseId;
  readonly item_id: ItemId;
  readonly output_index: number;
  readonly call_id: CallId;
}

interface InItem {
  readonly item_id: ItemId;
  readonly content_index: number;
}

/** A part as `response.content_part.*` names it; inside items the same are `output_text` and `output_audio`. */
export type ResponsePart =
  { readonly type: "text"; readonly text: string } | { readonly type: "audio"; readonly transcript: string };

export type TranscriptionUsage =
  | { readonly type: "duration"; readonly seconds: number }
  | {
      readonly type: "tokens";
      readonly input_tokens: number;
      readonly output_tokens: number;
      readonly total_tokens: number;
      readonly input_token_details: { readonly text_tokens: number; readonly audio_tokens: number };
    };

/** An item as it goes over the wire: GA shape already, so nothing changes. `retrieved` alone adds audio. */
export type RealtimeItem = Item;

/** Audio of an item's parts, by content index, for `conversation.item.retrieved`. */
export type ItemAudio = ReadonlyMap<number, Uint8Array>;

export type SessionEvent =
  | { readonly type: "error"; readonly error: RealtimeError }
  | { readonly type: "session.created" | "session.updated"; readonly session: SessionObject }
  /** Said in the beta dialect only. */
  | {
      readonly type: "conversation.created";
      readonly conversation: { readonly id: string; readonly object: "realtime.conversation" };
    }
  | {
      readonly type: "rate_limits.updated";
      readonly rate_limits: readonly {
        readonly name: "requests" | "tokens";
        readonly limit: number;
        readonly remaining: number;
        readonly reset_seconds: number;
      }[];
    };

export type ConversationEvent =
  /** `previous_item_id` is always there: one stock client inserts by it. null: the first item. */
  | {
      readonly type: "conversation.item.added" | "conversation.item.done";
      readonly item: RealtimeItem;
      readonly previous_item_id: ItemId | null;
    }
  /** `audio` becomes base64 inside the item's parts. */
  | {
      readonly type: "conversation.item.retrieved";
      readonly item: RealtimeItem;
      readonly audio: ItemAudio;
    }
  | { readonly type: "conversation.item.deleted"; readonly item_id: ItemId }
  | ({
      readonly type: "conversation.item.truncated";
      readonly audio_end_ms: number;
    } & InItem)
  | ({
      readonly type: "conversation.item.input_audio_transcription.delta";
      readonly delta: string;
    } & InItem)
  | ({
      readonly type: "conversation.item.input_audio_transcription.completed";
      readonly transcript: string;
      readonly usage: TranscriptionUsage;
    } & InItem)
  /** No `param`: one stock client drops the event for a null there. */
  | ({
      readonly type: "conversation.item.input_audio_transcription.failed";
      readonly error: { readonly type: string; readonly code: string; readonly message: string };
    } & InItem);

/** Offsets count the audio written to the buffer since the session began, in whole ms. */
export type InputAudioEvent =
  | {
      readonly type: "input_audio_buffer.committed";
      readonly item_id: ItemId;
      readonly previous_item_id: ItemId | null;
    }
  | { readonly type: "input_audio_buffer.cleared" }
  | {
      readonly type: "input_audio_buffer.speech_started";
      readonly audio_start_ms: number;
      readonly item_id: ItemId;
    }
  | {
      readonly type: "input_audio_buffer.speech_stopped";
      readonly audio_end_ms: number;
      readonly item_id: ItemId;
    }
  | {
      readonly type: "input_audio_buffer.timeout_triggered";
      readonly audio_start_ms: number;
      readonly audio_end_ms: number;
      readonly item_id: ItemId;
    };

export type ResponseEvent =
  | { readonly type: "response.created" | "response.done"; readonly response: ResponseObject }
  | {
      readonly type: "response.output_item.added" | "response.output_item.done";
      readonly response_id: ResponseId;
      readonly output_index: number;
      readonly item: RealtimeItem;
    }
  | ({
      readonly type: "response.content_part.added" | "response.content_part.done";
      readonly part: ResponsePart;
    } & InPart)
  | ({ readonly type: "response.output_text.delta"; readonly delta: string } & InPart)
  | ({ readonly type: "response.output_text.done"; readonly text: string } & InPart)
  | ({ readonly type: "response.output_audio_transcript.delta"; readonly delta: string } & InPart)
  | ({ readonly type: "response.output_audio_transcript.done"; readonly transcript: string } & InPart)
  /** Whole samples in the response's output format; becomes base64. */
  | ({ readonly type: "response.output_audio.delta"; readonly delta: Uint8Array } & InPart)
  | ({ readonly type: "response.output_audio.done" } & InPart)
  | ({ readonly type: "response.function_call_arguments.delta"; readonly delta: string } & InCall)
  | ({
      readonly type: "response.function_call_arguments.done";
      readonly name: string;
      readonly arguments: string;
    } & InCall);

/** Everything the server says, by its GA name; the event's own id is given when it is encoded. */
export type ServerEvent = SessionEvent | ConversationEvent | InputAudioEvent | ResponseEvent;

type AudioDelta = Extract<ServerEvent, { type: "response.output_audio.delta" }>;

/** Audio deltas are most of what a server sends: only their ids can need escaping.
 *  @param name the event's, in the connection's dialect */
export function encodeAudioDelta(event: AudioDelta, eventId: string, name: string): string {
  return (
    `{"type":"${name}","event_id":` +
    JSON.stringify(eventId) +
    ',"response_id":' +
    JSON.stringify(event.response_id) +
    ',"item_id":' +
    JSON.stringify(event.item_id) +
    `,"output_index":${event.output_index},"content_index":${event.content_index},"delta":"` +
    encodeBase64(event.delta) +
    '"}'
  );
}

/** The item with the audio of its parts in it. */
export function withAudio(item: RealtimeItem, audio: ItemAudio): RealtimeItem {
  if (item.type !== "message") return item;
  const content = item.content.map((part, index) => {
    const bytes = audio.get(index);
    const spoken = part.type === "input_audio" || part.type === "output_audio";
    return spoken && bytes !== undefined ? { ...part, audio: encodeBase64(bytes) } : part;
  });
  return { ...item, content };
}

/** One text frame. */
export function encodeServerEvent(event: ServerEvent, eventId: string): string {
  if (event.type === "response.output_audio.delta") return encodeAudioDelta(event, eventId, event.type);
  if (event.type === "conversation.item.retrieved")
    return JSON.stringify({ type: event.type, event_id: eventId, item: withAudio(event.item, event.audio) });
  return JSON.stringify({ event_id: eventId, ...event });
}
