import type OpenAI from "openai";
import { ParleyError } from "../../lib/errors.ts";
import type { LlmEndReason } from "../../protocol/generation.ts";
import type { LlmEvent } from "../llm.ts";

type Chunk = OpenAI.Chat.ChatCompletionChunk;
/** As the official types have it, less what compatible servers leave out. */
type CallDelta = Partial<OpenAI.Chat.ChatCompletionChunk.Choice.Delta.ToolCall>;

/** Calls in one answer; a server that sends more is broken. */
const callsMax = 128;

interface Call {
  readonly index: number;
  /** The server's own index and id, to recognise the rest of the call by. */
  readonly serverIndex: number | undefined;
  readonly serverId: string | undefined;
  readonly name: string;
  hasArguments: boolean;
}

const endReasons: Readonly<Record<string, LlmEndReason>> = {
  stop: "stop",
  length: "max_output_tokens",
  tool_calls: "tool_calls",
  function_call: "tool_calls",
  content_filter: "content_filter",
};

/** Turns the chunks of one answer into events. Compatible servers differ in how they send calls: in pieces or whole, with
 *  or without an index, every call under index 0, without an id, with an id that repeats in every answer. */
export class Assembler {
  readonly #usedIds: Set<string>;
  readonly #newCallId: () => string;
  readonly #calls: Call[] = [];
  #finish: string | undefined;
  #usage: OpenAI.CompletionUsage | undefined;
  #characters = 0;

  /** @param usedIds call ids of the conversation so far: an id of the server's is kept only while it is unique */
  constructor(usedIds: Iterable<string>, newCallId: () => string) {
    this.#usedIds = new Set(usedIds);
    this.#newCallId = newCallId;
  }

  /** Whether the server said that the answer is whole. A stream that just stops was cut. */
  get isFinished(): boolean {
    return this.#finish !== undefined;
  }

  /** @throws {ParleyError} `ERR_PROVIDER` when the chunk is not one of chat completions */
  add(chunk: Chunk): LlmEvent[] {
    if (typeof chunk !== "object" || chunk === null) throw malformed();
    this.#usage = chunk.usage ?? this.#usage;
    const choice = Array.isArray(chunk.choices) ? chunk.choices[0] : undefined;
    if (choice === undefined) return [];
    const events: LlmEvent[] = [];
    for (const text of [choice.delta?.content, choice.delta?.refusal]) {
      if (typeof text !== "string" || text === "") continue;
      this.#characters += text.length;
      events.push({ type: "text", text });
    }
    for (const delta of choice.delta?.tool_calls ?? []) events.push(...this.#addCall(delta));
    this.#finish = choice.finish_reason ?? this.#finish;
    return events;
  }

  /** What closes the answer: `{}` for calls that came without arguments, then `end`. */
  end(inputCharacters: number): LlmEvent[] {
    const empty = this.#calls.filter((call) => !call.hasArguments);
    const known = endReasons[this.#finish ?? ""] ?? "stop";
    return [
      ...empty.map((call): LlmEvent => ({ type: "arguments", index: call.index, delta: "{}" })),
      {
        type: "end",
        // Some servers say "stop" after a call.
        reason: known === "stop" && this.#calls.length > 0 ? "tool_calls" : known,
        inputTokens: this.#usage?.prompt_tokens ?? estimatedTokens(inputCharacters),
        cachedTokens: this.#usage?.prompt_tokens_details?.cached_tokens ?? 0,
        outputTokens: this.#usage?.completion_tokens ?? estimatedTokens(this.#characters),
      },
    ];
  }

  #addCall(delta: CallDelta): LlmEvent[] {
    const events: LlmEvent[] = [];
    let call = this.#callOf(delta);
    if (call === undefined) {
      const name = delta.function?.name;
      if (name === undefined || name === "" || this.#calls.length >= callsMax) throw malformed();
      call = {
        index: this.#calls.length,
        serverIndex: delta.index,
        serverId: delta.id,
        name,
        hasArguments: false,
      };
      this.#calls.push(call);
      this.#characters += name.length;
      events.push({ type: "call", index: call.index, callId: this.#uniqueId(delta.id), name });
    }
    const text = argumentsOf(delta);
    if (text === "") return events;
    call.hasArguments = true;
    this.#characters += text.length;
    events.push({ type: "arguments", index: call.index, delta: text });
    return events;
  }

  /** The call that a delta goes on with; undefined when it begins one. */
  #callOf(delta: CallDelta): Call | undefined {
    const hasId = delta.id !== undefined && delta.id !== null && delta.id !== "";
    if (hasId) {
      const sameId = this.#calls.findLast((call) => call.serverId === delta.id);
      // An id that is new begins a call, unless it comes late to one that began without.
      return sameId ?? (delta.function?.name ? undefined : this.#lastAt(delta.index));
    }
    if (typeof delta.index === "number") return this.#lastAt(delta.index);
    return delta.function?.name ? undefined : this.#calls.at(-1);
  }

  #lastAt(serverIndex: number | undefined): Call | undefined {
    if (typeof serverIndex !== "number") return this.#calls.at(-1);
    return this.#calls.findLast((call) => call.serverIndex === serverIndex);
  }

  #uniqueId(given: string | undefined): string {
    const id = given !== undefined && given !== "" && !this.#usedIds.has(given) ? given : this.#newCallId();
    this.#usedIds.add(id);
    return id;
  }
}

/** Some servers send the arguments as an object. */
function argumentsOf(delta: CallDelta): string {
  const given: unknown = delta.function?.arguments;
  if (typeof given === "string") return given;
  return typeof given === "object" && given !== null ? JSON.stringify(given) : "";
}

function malformed(): ParleyError {
  return new ParleyError("ERR_PROVIDER", "the endpoint sent a chunk that is not of chat completions");
}

function estimatedTokens(characters: number): number {
  return Math.ceil(characters / 4);
}
