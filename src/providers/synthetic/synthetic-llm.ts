import type { Clock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import type { LlmEvent, LlmProvider, LlmRequest } from "../llm.ts";
import type { SyntheticContract } from "./contract.ts";
import { Schedule } from "./schedule.ts";

/** Ten of them make a sentence shorter than an answer's first segment may be, and none has a mark inside or is an
 *  abbreviation: each sentence is spoken as one segment, and is known to have ended when its last token is there. */
const words = ["soon", "they", "will", "walk", "home", "with", "some", "good", "warm", "bread"];

/** The tokens of every answer: words, each with the space after it. */
export function syntheticTokens({ llmSentences, llmWords }: SyntheticContract): string[] {
  const sentence = Array.from({ length: llmWords }, (_, i) => words[i % words.length] ?? "");
  const [first = ""] = sentence;
  sentence[0] = first.charAt(0).toUpperCase() + first.slice(1);
  const tokens = sentence.map((word, i) => (i === sentence.length - 1 ? `${word}. ` : `${word} `));
  const answer = Array.from({ length: llmSentences }, () => tokens).flat();
  return answer.map((token, i) => (i === answer.length - 1 ? token.trimEnd() : token));
}

/** A language model for load tests: whatever it is asked, it gives the same tokens at fixed times. It calls no tools. */
export function createSyntheticLlm(contract: SyntheticContract, clock: Clock): LlmProvider {
  const tokens = syntheticTokens(contract);
  return {
    name: "synthetic",
    canContinue: true,
    takesImages: false,
    generate: (request) => generate(tokens, contract, clock, request),
    close: () => Promise.resolve(),
  };
}

async function* generate(
  tokens: readonly string[],
  contract: SyntheticContract,
  clock: Clock,
  request: LlmRequest,
): AsyncGenerator<LlmEvent, void, undefined> {
  const { maxOutputTokens, messages, continueAfter = "" } = request;
  const given = maxOutputTokens === "inf" ? tokens : tokens.slice(0, maxOutputTokens);
  const rest = withoutStart(given, continueAfter);
  const schedule = new Schedule(clock, request.signal);
  try {
    for (const [i, text] of rest.entries()) {
      await schedule.reach(contract.llmFirstMs + i * contract.llmTokenMs);
      yield { type: "text", text };
    }
  } finally {
    schedule.end();
  }
  yield {
    type: "end",
    reason: given.length < tokens.length ? "max_output_tokens" : "stop",
    inputTokens: messages.length,
    cachedTokens: 0,
    outputTokens: given.length,
  };
}

/** The tokens after `delivered`, which may end inside one. */
function withoutStart(tokens: readonly string[], delivered: string): string[] {
  if (!tokens.join("").startsWith(delivered)) {
    throw new ParleyError("ERR_CANNOT_CONTINUE", "this answer was begun by another model");
  }
  let skip = delivered.length;
  return tokens.flatMap((token) => {
    const left = token.slice(skip);
    skip = Math.max(0, skip - token.length);
    return left === "" ? [] : [left];
  });
}
