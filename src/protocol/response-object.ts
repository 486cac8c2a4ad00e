import type { ResponseId } from "../lib/ids.ts";
import type { Item } from "./items.ts";
import type { Metadata, ResponseConfig } from "./response-config.ts";
import type { AudioFormat, MaxOutputTokens, OutputModality, Voice } from "./settings.ts";

/** Tokens of a response, in the wire shape. Numbers only: one stock client accepts no null in here. */
export interface Usage {
  readonly total_tokens: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly input_token_details: {
    readonly text_tokens: number;
    readonly audio_tokens: number;
    readonly image_tokens: number;
    readonly cached_tokens: number;
    readonly cached_tokens_details: {
      readonly text_tokens: number;
      readonly audio_tokens: number;
      readonly image_tokens: number;
    };
  };
  readonly output_token_details: { readonly text_tokens: number; readonly audio_tokens: number };
}

/** Usage of a model that reads and writes text: speech is made and understood outside of it. */
export function textUsage(inputTokens: number, cachedTokens: number, outputTokens: number): Usage {
  return {
    total_tokens: inputTokens + outputTokens,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    input_token_details: {
      text_tokens: inputTokens,
      audio_tokens: 0,
      image_tokens: 0,
      cached_tokens: cachedTokens,
      cached_tokens_details: { text_tokens: cachedTokens, audio_tokens: 0, image_tokens: 0 },
    },
    output_token_details: { text_tokens: outputTokens, audio_tokens: 0 },
  };
}

export const emptyUsage: Usage = textUsage(0, 0, 0);

/** Why a response is not, or not yet, completed. */
export type StatusDetails =
  | { readonly type: "cancelled"; readonly reason: "client_cancelled" | "turn_detected" }
  | { readonly type: "incomplete"; readonly reason?: "max_output_tokens" | "content_filter" }
  | {
      readonly type: "failed";
      readonly error: { readonly type: string; readonly code: string; readonly message: string };
    };

/** A response in its wire shape: `response.created` and `response.done` carry it. */
export interface ResponseObject {
  readonly object: "realtime.response";
  readonly id: ResponseId;
  readonly status: "in_progress" | "completed" | "cancelled" | "incomplete" | "failed";
  readonly status_details: StatusDetails | null;
  readonly output: readonly Item[];
  /** null: out of band */
  readonly conversation_id: string | null;
  readonly output_modalities: readonly [OutputModality];
  readonly max_output_tokens: MaxOutputTokens;
  readonly audio: { readonly output: { readonly format: AudioFormat; readonly voice: Voice } };
  readonly usage: Usage | null;
  readonly metadata: Metadata | null;
}

/** The one conversation of a session goes by the session's own id. */
export const conversationIdOf = (session: string): string => `conv_${session.slice("sess_".length)}`;

/** The response as `response.created` shows it.
 *  @param conversationId null for a response out of band */
export function beginningResponse(
  id: ResponseId,
  config: ResponseConfig,
  conversationId: string | null,
): ResponseObject {
  const { format, voice } = config.audio.output;
  return {
    object: "realtime.response",
    id,
    status: "in_progress",
    status_details: null,
    output: [],
    conversation_id: conversationId,
    output_modalities: config.output_modalities,
    max_output_tokens: config.max_output_tokens,
    audio: { output: { format, voice } },
    usage: null,
    metadata: config.metadata,
  };
}
