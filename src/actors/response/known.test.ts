import { expect, it } from "vitest";
import type { ResponseId, RunId } from "../../lib/ids.ts";
import type { LlmEndReason } from "../../protocol/generation.ts";
import { handleResponse, newResponse } from "./machine.ts";
import type { ResponseMessage } from "./messages.ts";

const response = "resp_1" as ResponseId;
const run = "run_1" as RunId;
const at = 0;
const text = "Some words. ";

/** What is known of an answer that is cancelled while it is spoken. */
function knownAfter(reason: LlmEndReason | undefined) {
  const counts = { inputTokens: 1, cachedTokens: 0, outputTokens: 2 };
  const ends = {
    type: "llm.done",
    response,
    run,
    length: text.length,
    argumentsLength: [],
    ...counts,
  } as const;
  const messages: readonly ResponseMessage[] = [
    { type: "begin", at },
    { type: "out", at, out: { type: "llm.text", response, run, offset: 0, text } },
    ...(reason === undefined ? [] : [{ type: "out", at, out: { ...ends, reason } } as const]),
    { type: "cancel", reason: "turn_detected", at },
  ];
  let state = newResponse({ id: response, answer: 0, modality: "audio", itemPrefix: "item_1" }, at);
  const ended = messages.flatMap((message) => {
    const outcome = handleResponse(state, message);
    state = outcome.state;
    return outcome.effects.flatMap((effect) =>
      effect.type === "step" && effect.step.ended !== undefined ? [effect.step.ended] : [],
    );
  });
  return ended.map(({ known }) => known);
}

it.each([
  [undefined, false],
  ["stop", true],
  ["max_output_tokens", true],
  ["content_filter", true],
] as const)("[INT-5] of an answer whose model has ended with %s all is known: %s", (reason, complete) => {
  expect(knownAfter(reason)).toEqual([{ text, complete }]);
});
