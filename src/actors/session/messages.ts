import type { ItemId, ResponseId } from "../../lib/ids.ts";
import type { ClientEvent } from "../../protocol/client-events.ts";
import type { LlmMessage } from "../../protocol/generation.ts";
import type { LogEntry } from "../../protocol/log-record.ts";
import type { RealtimeError } from "../../protocol/realtime-error.ts";
import type { ResponseConfig } from "../../protocol/response-config.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import type { SessionConfig } from "../../protocol/session-config.ts";
import type { ListenerMessage } from "../listener/messages.ts";
import type { CancelReason, Opening, ResponseStep } from "../response/messages.ts";
import type { ResponseSpec } from "../response/state.ts";

export type SessionMessage =
  | { readonly type: "opened" }
  | { readonly type: "client"; readonly event: ClientEvent }
  /** A frame that is no event of the protocol. */
  | { readonly type: "rejected"; readonly error: RealtimeError }
  | SpeechMessage
  | { readonly type: "step"; readonly step: ResponseStep }
  /** A response's actor crashed and could not close what it had shown. */
  | { readonly type: "response.lost"; readonly response: ResponseId }
  | { readonly type: "listener.lost" }
  /** Audio of a cancelled answer, in the client's format, was dropped before it left. */
  | {
      readonly type: "audio.dropped";
      readonly response: ResponseId;
      readonly item: ItemId;
      readonly bytes: number;
    }
  | { readonly type: "congested"; readonly congested: boolean }
  /** The log has not answered for too long. */
  | { readonly type: "log.stalled" }
  | { readonly type: "expired" }
  /** The timer of this name has run out. */
  | { readonly type: "woke"; readonly key: WakeKey }
  /** The client has gone: nothing is begun any more, and answers are cut off. */
  | { readonly type: "gone" };

export type WakeKey = "idle" | "played";

/** What the listener found in the input audio. */
export type SpeechMessage =
  /** `cuts`: commits and clears that the listener had heard of. */
  | {
      readonly type: "speech.started";
      readonly item: ItemId;
      readonly startMs: number;
      readonly cuts: number;
    }
  /** The utterance ended and is committed. */
  | { readonly type: "speech.stopped"; readonly item: ItemId; readonly endMs: number }
  | { readonly type: "transcript.partial"; readonly item: ItemId; readonly delta: string }
  | { readonly type: "transcript"; readonly item: ItemId; readonly text: string; readonly seconds: number }
  | { readonly type: "transcript.failed"; readonly item: ItemId; readonly code: string };

/** What to generate, without the ids of the job. */
export interface GenerationRequest {
  readonly config: ResponseConfig;
  readonly messages: readonly LlmMessage[];
  readonly opening?: Opening;
}

export type SessionEffect =
  /** Events leave after the entries are acknowledged and after all earlier events. */
  | {
      readonly type: "emit";
      readonly log: readonly LogEntry[];
      readonly events: readonly ServerEvent[];
      readonly notify?: { readonly response: ResponseId; readonly segment: number };
    }
  | { readonly type: "listen"; readonly message: ListenerMessage }
  | {
      readonly type: "respond";
      readonly spec: ResponseSpec;
      readonly config: ResponseConfig;
    }
  | { readonly type: "begin"; readonly response: ResponseId; readonly request: GenerationRequest }
  | { readonly type: "cancel"; readonly response: ResponseId; readonly reason: CancelReason }
  | { readonly type: "fail"; readonly response: ResponseId; readonly code: string }
  | { readonly type: "congest"; readonly response: ResponseId; readonly congested: boolean }
  /** Sets the timer of this name anew; undefined stops it. */
  | { readonly type: "wake"; readonly key: WakeKey; readonly ms: number | undefined }
  /** Item with its audio read from the store, as an answer to the client. */
  | { readonly type: "retrieve"; readonly item: ItemId }
  | { readonly type: "configured"; readonly config: SessionConfig; readonly notes: readonly string[] }
  | { readonly type: "close"; readonly code: number; readonly reason: string };
