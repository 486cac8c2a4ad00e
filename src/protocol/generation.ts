import type { ImageDetail } from "./items.ts";

/** One entry of the conversation as a language model sees it. */
export type LlmMessage =
  | {
      readonly role: "system" | "user" | "assistant";
      readonly text: string;
      /** Pictures of a user's message, in order; absent for none. */
      readonly images?: readonly LlmImage[] | undefined;
    }
  | { readonly role: "tool_call"; readonly callId: string; readonly name: string; readonly arguments: string }
  | { readonly role: "tool_result"; readonly callId: string; readonly output: string };

export interface LlmTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments object. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export type LlmToolChoice = "auto" | "none" | "required" | { readonly name: string };

export type LlmEndReason = "stop" | "tool_calls" | "max_output_tokens" | "content_filter";

export interface LlmImage {
  /** Data URI */
  readonly url: string;
  readonly detail: ImageDetail;
  /** Characters of the message's text before it. */
  readonly offset: number;
}
