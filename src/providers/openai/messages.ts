import type OpenAI from "openai";
import type { LlmImage, LlmMessage, LlmTool, LlmToolChoice } from "../../protocol/generation.ts";

type ChatMessage = OpenAI.Chat.ChatCompletionMessageParam;
type ChatCall = OpenAI.Chat.ChatCompletionMessageFunctionToolCall;
type ToolCallMessage = LlmMessage & { readonly role: "tool_call" };

/** What a call without an output is answered with: chat completions refuse a history that leaves one open, yet in a
 *  spoken conversation the user may speak while a tool is still running. */
const noOutputYet = "There is no output of this call yet.";

/** The conversation in the shape chat completions accept: consecutive calls are one assistant message (joined to the
 *  text said just before them), and the outputs of all its calls follow it at once, wherever they stood. */
export function chatMessages(instructions: string, messages: readonly LlmMessage[]): ChatMessage[] {
  const chat: ChatMessage[] = [];
  if (instructions !== "") chat.push({ role: "system", content: instructions });
  const outputs = new Map<string, string>();
  const called = new Set<string>();
  for (const message of messages) {
    if (message.role === "tool_result") outputs.set(message.callId, message.output);
    if (message.role === "tool_call") called.add(message.callId);
  }
  let at = 0;
  while (at < messages.length) {
    const message = messages[at];
    if (message === undefined) break;
    if (message.role === "tool_call") {
      const calls = callsFrom(messages, at);
      chat.push(...callMessages(calls, takeTextBefore(chat, messages[at - 1]), outputs));
      at += calls.length;
      continue;
    }
    if (message.role === "tool_result") {
      // Its call was deleted from the conversation: the output alone is still worth knowing.
      const text = `The output of an earlier tool call: ${message.output}`;
      if (!called.has(message.callId)) chat.push({ role: "system", content: text });
    } else if (message.role === "user" && message.images !== undefined && message.images.length > 0) {
      chat.push({ role: "user", content: partsOf(message.text, message.images) });
    } else if (message.text !== "") {
      chat.push({ role: message.role, content: message.text });
    }
    at += 1;
  }
  return chat;
}

/** Text and pictures in the order in which they stand in the message. */
function partsOf(text: string, images: readonly LlmImage[]): OpenAI.Chat.ChatCompletionContentPart[] {
  const parts: OpenAI.Chat.ChatCompletionContentPart[] = [];
  let at = 0;
  const say = (until: number): void => {
    const piece = text.slice(at, until).replace(/^\n/, "");
    at = until;
    if (piece.trim() !== "") parts.push({ type: "text", text: piece });
  };
  for (const { url, detail, offset } of images) {
    say(offset);
    parts.push({ type: "image_url", image_url: { url, detail } });
  }
  say(text.length);
  return parts;
}

function callsFrom(messages: readonly LlmMessage[], from: number): readonly ToolCallMessage[] {
  const calls: ToolCallMessage[] = [];
  for (const message of messages.slice(from)) {
    if (message.role !== "tool_call") break;
    calls.push(message);
  }
  return calls;
}

function takeTextBefore(chat: ChatMessage[], before: LlmMessage | undefined): string | null {
  if (before?.role !== "assistant" || before.text === "") return null;
  chat.pop();
  return before.text;
}

function callMessages(
  calls: readonly ToolCallMessage[],
  content: string | null,
  outputs: ReadonlyMap<string, string>,
): ChatMessage[] {
  const toolCalls = calls.map((call): ChatCall => ({
    id: call.callId,
    type: "function",
    function: { name: call.name, arguments: call.arguments === "" ? "{}" : call.arguments },
  }));
  const results = calls.map((call): ChatMessage => ({
    role: "tool",
    tool_call_id: call.callId,
    content: outputs.get(call.callId) ?? noOutputYet,
  }));
  return [{ role: "assistant", content, tool_calls: toolCalls }, ...results];
}

export function chatTools(tools: readonly LlmTool[]): OpenAI.Chat.ChatCompletionFunctionTool[] {
  return tools.map((tool) => ({
    type: "function",
    function: {
      name: tool.name,
      description: tool.description,
      parameters:
        Object.keys(tool.parameters).length === 0 ? { type: "object", properties: {} } : tool.parameters,
    },
  }));
}

export function chatToolChoice(choice: LlmToolChoice): OpenAI.Chat.ChatCompletionToolChoiceOption {
  return typeof choice === "string" ? choice : { type: "function", function: { name: choice.name } };
}
