import assert from "node:assert";
import { ParleyError } from "../lib/errors.ts";
import type { LlmProvider, LlmRequest } from "./llm.ts";
import type { SttProvider } from "./stt.ts";
import type { TtsProvider } from "./tts.ts";

/** Several recognisers as one: the first that answers, in order of preference; all failing, the last one's error. */
export function failoverStt(providers: readonly SttProvider[]): SttProvider {
  const [only, ...others] = listOf(providers);
  if (others.length === 0) return only;
  return {
    name: namesOf(providers),
    transcribe: (request) =>
      firstResult(providers, (provider) => provider.transcribe(request), request.signal),
    close: () => closeAll(providers),
  };
}

/** Several language models as one. The next is asked only before any output: two models never share one answer.
 *  For that reason an answer can be continued only when every one of them continues exactly or refuses. Pictures are
 *  for those that take them: another would answer as if it had been shown none. */
export function failoverLlm(providers: readonly LlmProvider[]): LlmProvider {
  const [only, ...others] = listOf(providers);
  if (others.length === 0) return only;
  return {
    name: namesOf(providers),
    canContinue: providers.every((provider) => provider.canContinue),
    takesImages: providers.some((provider) => provider.takesImages),
    generate: (request) => {
      const able = hasImages(request) ? providers.filter((provider) => provider.takesImages) : providers;
      return firstStream(listOf(able), (provider) => provider.generate(request), request.signal);
    },
    close: () => closeAll(providers),
  };
}

const hasImages = ({ messages }: LlmRequest): boolean =>
  messages.some((message) => "images" in message && (message.images?.length ?? 0) > 0);

/** Several voices as one. Never `repeatable`: a second run may meet another voice, whose samples differ. */
export function failoverTts(providers: readonly TtsProvider[]): TtsProvider {
  const [only, ...others] = listOf(providers);
  if (others.length === 0) return only;
  return {
    name: namesOf(providers),
    repeatable: false,
    synthesize: (request) =>
      firstStream(providers, (provider) => provider.synthesize(request), request.signal),
    close: () => closeAll(providers),
  };
}

function listOf<P>(providers: readonly P[]): readonly [P, ...P[]] {
  const [first, ...rest] = providers;
  assert(first !== undefined, "a failover needs at least one provider");
  return [first, ...rest];
}

const namesOf = (providers: readonly { readonly name: string }[]): string =>
  providers.map((provider) => provider.name).join(",");

/** A provider that cannot continue a given text says nothing about the next one, which may have written it. */
function isWorthAnother(error: unknown): boolean {
  return error instanceof ParleyError && (error.retryable || error.code === "ERR_CANNOT_CONTINUE");
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new ParleyError("ERR_ABORTED", "nobody wants the result any more");
}

async function firstResult<P, T>(
  providers: readonly P[],
  call: (provider: P) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  let failure: unknown;
  for (const provider of providers) {
    throwIfAborted(signal);
    try {
      return await call(provider);
    } catch (error) {
      if (!isWorthAnother(error)) throw error;
      failure = error;
    }
  }
  throw failure;
}

async function* firstStream<P, T>(
  providers: readonly P[],
  call: (provider: P) => AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  let failure: unknown;
  for (const provider of providers) {
    throwIfAborted(signal);
    let begun = false;
    try {
      for await (const value of call(provider)) {
        begun = true;
        yield value;
      }
      return;
    } catch (error) {
      if (begun || !isWorthAnother(error)) throw error;
      failure = error;
    }
  }
  throw failure;
}

async function closeAll(providers: readonly { close(): Promise<void> }[]): Promise<void> {
  const results = await Promise.allSettled(providers.map((provider) => provider.close()));
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
