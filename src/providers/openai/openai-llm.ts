import type OpenAI from "openai";
import type { Clock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import { randomToken } from "../../lib/ids.ts";
import type { LlmEvent, LlmProvider, LlmRequest } from "../llm.ts";
import { Assembler } from "./assemble.ts";
import { providerError } from "./failure.ts";
import { chatRequest, dialectAfter, dialectFor, type Dialect } from "./parameters.ts";
import { createLimits, openAiTimeoutsDefault, type Limits, type OpenAiTimeouts } from "./time-limits.ts";

/** Requests for one answer: the first, and one more for each parameter an endpoint can refuse. */
const requestsMax = 3;
/** Once the answer is whole only its token counts are missing: how long they are waited for. */
const usageMsMax = 1_000;

export interface OpenAiLlmOptions {
  /** "" for servers that ask for none. */
  readonly apiKey: string;
  /** Up to and with `/v1`; absent: OpenAI's own. */
  readonly baseUrl?: string | undefined;
  readonly model: string;
  readonly clock: Clock;
  readonly timeouts?: Partial<OpenAiTimeouts> | undefined;
  readonly newCallId?: () => string;
}

type Chunk = OpenAI.Chat.ChatCompletionChunk;

/** Any endpoint that speaks OpenAI's chat completions (OpenAI, Groq, Ollama, vLLM, llama.cpp …), through the official
 *  client. One request per answer: trying again is the business of failover and of the caller.
 *  Errors: 429, 5xx and the network `ERR_PROVIDER`; other 4xx `ERR_PROVIDER_REJECTED`; limits `ERR_PROVIDER_TIMEOUT`. */
export function createOpenAiLlm(options: OpenAiLlmOptions): LlmProvider {
  const endpoint = new Endpoint(options);
  return {
    name: "openai",
    canContinue: false,
    // whether the model at the endpoint does too only its refusal tells: the answer then fails
    takesImages: true,
    generate: (request) => generate(endpoint, request),
    close: () => Promise.resolve(),
  };
}

class Endpoint {
  readonly options: OpenAiLlmOptions;
  readonly timeouts: OpenAiTimeouts;
  #dialect: Dialect;
  #client: Promise<OpenAI> | undefined;

  constructor(options: OpenAiLlmOptions) {
    this.options = options;
    this.timeouts = { ...openAiTimeoutsDefault, ...options.timeouts };
    this.#dialect = dialectFor(options.baseUrl);
  }

  /** The answer's chunks, after as many requests as the endpoint's dialect needs; what it taught is kept. */
  async open(request: LlmRequest, signal: AbortSignal): Promise<AsyncIterable<Chunk>> {
    const client = await (this.#client ??= loadClient(this.options));
    let dialect = this.#dialect;
    for (let left = requestsMax - 1; ; left -= 1) {
      try {
        const body = chatRequest(this.options.model, request, dialect);
        const stream = await client.chat.completions.create(body, { signal });
        this.#dialect = dialect;
        return stream;
      } catch (error) {
        const next = dialectAfter(error, dialect);
        if (next === undefined || left === 0) throw error;
        dialect = next;
      }
    }
  }
}

/** Loaded at first use: 60 ms that a server with another model need not spend. Nothing is left to the library's own
 *  environment variables, and it logs nothing, because it logs what it cannot parse. */
async function loadClient(options: OpenAiLlmOptions): Promise<OpenAI> {
  const { OpenAI: Client } = await import("openai");
  return new Client({
    apiKey: options.apiKey === "" ? "none" : options.apiKey,
    baseURL: options.baseUrl ?? "https://api.openai.com/v1",
    organization: null,
    project: null,
    maxRetries: 0,
    logLevel: "off",
  });
}

async function* generate(endpoint: Endpoint, request: LlmRequest): AsyncGenerator<LlmEvent, void, undefined> {
  if (request.continueAfter !== undefined) {
    throw new ParleyError("ERR_CANNOT_CONTINUE", "this model writes a new answer each time");
  }
  const { clock } = endpoint.options;
  const limits = createLimits(clock, request.signal, endpoint.timeouts.answerMsMax);
  const assembler = new Assembler(
    request.messages.flatMap((message) => (message.role === "tool_call" ? [message.callId] : [])),
    endpoint.options.newCallId ?? (() => `call_${randomToken()}`),
  );
  let iterator: AsyncIterator<Chunk> | undefined;
  try {
    const opened = clock.monotonic();
    const stream = await limits.within(endpoint.timeouts.firstChunkMsMax, () =>
      endpoint.open(request, limits.signal),
    );
    iterator = stream[Symbol.asyncIterator]();
    let limitMs = Math.max(1, endpoint.timeouts.firstChunkMsMax - (clock.monotonic() - opened));
    for (;;) {
      const chunk = await nextChunk(iterator, limits, limitMs, assembler);
      if (chunk === undefined) break;
      yield* assembler.add(chunk);
      limitMs = assembler.isFinished ? usageMsMax : endpoint.timeouts.idleMsMax;
    }
  } catch (error) {
    throw failureOf(error, request.signal, limits);
  } finally {
    limits.dispose();
    // The rest is of no use; closing the connection is not worth waiting for.
    iterator?.return?.().catch(() => undefined);
  }
  yield* assembler.end(charactersOf(request));
}

/** @returns undefined at the answer's end */
async function nextChunk(
  iterator: AsyncIterator<Chunk>,
  limits: Limits,
  limitMs: number,
  assembler: Assembler,
): Promise<Chunk | undefined> {
  const waiting = limits.within(limitMs, () => iterator.next());
  let result: IteratorResult<Chunk>;
  try {
    result = await waiting;
  } catch (error) {
    // Whole but for its token counts: a server that hangs or hangs up now has cost us nothing.
    if (assembler.isFinished && (limits.isTimedOut || !limits.signal.aborted)) return undefined;
    throw error;
  }
  // The client ends the stream without an error when it was aborted.
  if (limits.signal.aborted) throw new ParleyError("ERR_ABORTED", "the answer was given up");
  if (result.done !== true) return result.value;
  if (!assembler.isFinished) throw new ParleyError("ERR_PROVIDER", "the answer was cut before its end");
  return undefined;
}

function failureOf(error: unknown, caller: AbortSignal, limits: Limits): ParleyError {
  if (caller.aborted) return new ParleyError("ERR_ABORTED", "nobody wants the answer any more");
  if (limits.isTimedOut) return new ParleyError("ERR_PROVIDER_TIMEOUT", "openai: the answer took too long");
  return providerError("openai", error);
}

function charactersOf(request: LlmRequest): number {
  const parts = request.messages.map((message) => {
    if (message.role === "tool_call") return message.name.length + message.arguments.length;
    return message.role === "tool_result" ? message.output.length : message.text.length;
  });
  return parts.reduce((sum, length) => sum + length, request.instructions.length);
}
