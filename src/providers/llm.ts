import type { LlmEndReason, LlmMessage, LlmTool, LlmToolChoice } from "../protocol/generation.ts";

export interface LlmRequest {
  /** System text; "" for none. */
  readonly instructions: string;
  readonly messages: readonly LlmMessage[];
  readonly tools: readonly LlmTool[];
  readonly toolChoice: LlmToolChoice;
  /** At most this many output tokens; the answer then ends with reason `max_output_tokens`. */
  readonly maxOutputTokens: number | "inf";
  readonly parallelToolCalls: boolean;
  /** Text that was already delivered of this answer: yield only what follows it. Set only when `canContinue`. */
  readonly continueAfter?: string;
  readonly signal: AbortSignal;
}

export type LlmEvent =
  | { readonly type: "text"; readonly text: string }
  /** A call begins; `index` counts the calls of this answer from 0, `callId` is unique in the conversation. */
  | { readonly type: "call"; readonly index: number; readonly callId: string; readonly name: string }
  | { readonly type: "arguments"; readonly index: number; readonly delta: string }
  /** Always the last event. Token counts as the provider reports them, or estimated (about 4 characters each). */
  | {
      readonly type: "end";
      readonly reason: LlmEndReason;
      readonly inputTokens: number;
      readonly cachedTokens: number;
      readonly outputTokens: number;
    };

/** A language model. */
export interface LlmProvider {
  readonly name: string;
  /** Whether `continueAfter` is honoured exactly. */
  readonly canContinue: boolean;
  /** Whether messages may have `images`; where they may not, none come. */
  readonly takesImages: boolean;
  /** Streams one answer; `end` is the last event.
   *  @throws {ParleyError} `ERR_PROVIDER*`; `ERR_ABORTED` when the signal fired */
  generate(request: LlmRequest): AsyncIterable<LlmEvent>;
  close(): Promise<void>;
}
