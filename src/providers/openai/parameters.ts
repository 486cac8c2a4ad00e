import type OpenAI from "openai";
import type { LlmRequest } from "../llm.ts";
import { chatMessages, chatToolChoice, chatTools } from "./messages.ts";
import { refusesParameter } from "./failure.ts";

export type ChatRequest = OpenAI.Chat.ChatCompletionCreateParamsStreaming;

/** What an endpoint understands: guessed from its address, corrected by what it refuses. */
export interface Dialect {
  readonly tokenLimit: "max_completion_tokens" | "max_tokens";
  readonly streamOptions: boolean;
}

/** OpenAI's newer models refuse `max_tokens`; most compatible servers know only that one, and some ignore the other in
 *  silence, so the guess matters. */
export function dialectFor(baseUrl: string | undefined): Dialect {
  const host = baseUrl === undefined ? "api.openai.com" : hostOf(baseUrl);
  const isOpenAi = /(^|\.)(openai\.com|openai\.azure\.com)$/.test(host);
  return { tokenLimit: isOpenAi ? "max_completion_tokens" : "max_tokens", streamOptions: true };
}

function hostOf(url: string): string {
  try {
    return new URL(url).hostname;
  } catch {
    return "";
  }
}

/** The dialect to try once more with after a refusal; undefined when the refusal has another reason. */
export function dialectAfter(error: unknown, dialect: Dialect): Dialect | undefined {
  if (dialect.streamOptions && refusesParameter(error, "stream_options"))
    return { ...dialect, streamOptions: false };
  if (!refusesParameter(error, dialect.tokenLimit)) return undefined;
  const other = dialect.tokenLimit === "max_tokens" ? "max_completion_tokens" : "max_tokens";
  return { ...dialect, tokenLimit: other };
}

export function chatRequest(model: string, request: LlmRequest, dialect: Dialect): ChatRequest {
  const hasTools = request.tools.length > 0;
  return {
    model,
    stream: true,
    messages: chatMessages(request.instructions, request.messages),
    ...(dialect.streamOptions && { stream_options: { include_usage: true } }),
    ...(request.maxOutputTokens !== "inf" && { [dialect.tokenLimit]: request.maxOutputTokens }),
    ...(hasTools && { tools: chatTools(request.tools), tool_choice: chatToolChoice(request.toolChoice) }),
    // Servers that do not know it take it as true: send it only where it changes something.
    ...(hasTools && !request.parallelToolCalls && { parallel_tool_calls: false }),
  };
}
