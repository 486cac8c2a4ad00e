import type { Clock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import { randomToken } from "../../lib/ids.ts";
import type { LlmEndReason } from "../../protocol/generation.ts";
import type { LlmEvent, LlmProvider, LlmRequest } from "../llm.ts";
import { planAnswer, type Plan } from "./plan.ts";
import { countTokens, tokensOf } from "./tokens.ts";

export interface BuiltinLlmOptions {
  readonly clock: Clock;
  /** Pause before each token, ms; 0 yields to the event loop only. A person's reading speed is about 250. */
  readonly chunkDelayMs?: number | undefined;
  readonly newCallId?: () => string;
}

/** A small rule-based assistant for a machine without any key. The same request at the same minute always gives the same
 *  answer, word by word, so that an answer can be continued exactly; where the clock has moved on and the text
 *  differs, it refuses with `ERR_CANNOT_CONTINUE`. */
export function createBuiltinLlm(options: BuiltinLlmOptions): LlmProvider {
  return {
    name: "builtin",
    canContinue: true,
    takesImages: false,
    generate: (request) => generate(options, request),
    close: () => Promise.resolve(),
  };
}

async function* generate(
  options: BuiltinLlmOptions,
  request: LlmRequest,
): AsyncGenerator<LlmEvent, void, undefined> {
  throwIfAborted(request.signal);
  const plan = planAnswer(request, options.clock.now());
  const newCallId = options.newCallId ?? (() => `call_${randomToken()}`);
  for (const event of eventsOf(plan, request, newCallId)) {
    if (event.type !== "end") await pause(options.clock, options.chunkDelayMs ?? 0, request.signal);
    throwIfAborted(request.signal);
    yield event;
  }
}

/** The whole answer. The token limit counts text, and of a call its name and its arguments. */
function* eventsOf(
  plan: Plan,
  request: LlmRequest,
  newCallId: () => string,
): Generator<LlmEvent, void, undefined> {
  const limit = request.maxOutputTokens === "inf" ? Number.POSITIVE_INFINITY : request.maxOutputTokens;
  const inputTokens = countInput(request);
  const end = (reason: LlmEndReason, outputTokens: number): LlmEvent => ({
    type: "end",
    reason,
    inputTokens,
    cachedTokens: 0,
    outputTokens,
  });
  let used = 0;
  const text = limitedText(plan.text, limit);
  yield* textEvents(text, request.continueAfter ?? "");
  used += countTokens(text);
  if (text !== plan.text) return yield end("max_output_tokens", used);
  for (const [index, call] of plan.calls.entries()) {
    const nameTokens = countTokens(call.name);
    if (used + nameTokens > limit) return yield end("max_output_tokens", used);
    used += nameTokens;
    yield { type: "call", index, callId: newCallId(), name: call.name };
    const given = tokensOf(call.arguments).slice(0, limit - used);
    for (const delta of given) yield { type: "arguments", index, delta };
    used += given.length;
    if (given.join("") !== call.arguments) return yield end("max_output_tokens", used);
  }
  yield end(plan.calls.length > 0 ? "tool_calls" : "stop", used);
}

function limitedText(text: string, limit: number): string {
  return tokensOf(text).slice(0, limit).join("");
}

/** What follows `delivered`, which may end in mid-token. */
function* textEvents(text: string, delivered: string): Generator<LlmEvent, void, undefined> {
  if (!text.startsWith(delivered)) {
    throw new ParleyError("ERR_CANNOT_CONTINUE", "the answer would read differently now");
  }
  let skip = delivered.length;
  for (const token of tokensOf(text)) {
    const rest = token.slice(skip);
    skip = Math.max(0, skip - token.length);
    if (rest !== "") yield { type: "text", text: rest };
  }
}

function countInput(request: LlmRequest): number {
  const parts = request.messages.map((message) => {
    if (message.role === "tool_call") return countTokens(message.name) + countTokens(message.arguments);
    return countTokens(message.role === "tool_result" ? message.output : message.text);
  });
  return parts.reduce((sum, tokens) => sum + tokens, countTokens(request.instructions));
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new ParleyError("ERR_ABORTED", "nobody wants the answer any more");
}

/** Ends early when the signal fires. Without a delay it still lets other work run, and an abort be seen. */
async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return new Promise((resolve) => void setImmediate(resolve));
  return new Promise((resolve) => {
    const finish = (): void => {
      cancel();
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = clock.after(ms, finish);
    signal.addEventListener("abort", finish, { once: true });
    if (signal.aborted) finish();
  });
}
