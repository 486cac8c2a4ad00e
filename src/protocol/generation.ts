/** One entry of the conversation as a language model sees it. */
export type LlmMessage =
  | { readonly role: "system" | "user" | "assistant"; readonly text: string }
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
