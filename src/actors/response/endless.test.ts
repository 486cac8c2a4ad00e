import { expect, it } from "vitest";
import type { ResponseId, RunId } from "../../lib/ids.ts";
import type { LlmOut, ResponseEffect } from "./messages.ts";
import { answerCharsMax, handleResponse, newResponse } from "./machine.ts";

type Part = Omit<Extract<LlmOut, { type: "llm.text" | "llm.call" | "llm.arguments" }>, "response" | "run">;

/** What an answer does when its model says one part after the other. */
function hear(parts: number, part: (n: number) => object) {
  let state = newResponse({ id: response, answer: 0, modality: "text", itemPrefix: "item_1" }, 0);
  const all: ResponseEffect[] = [];
  const tell = (message: Parameters<typeof handleResponse>[1]): void => {
    const { state: next, effects } = handleResponse(state, message);
    state = next;
    all.push(...effects);
  };
  tell({ type: "begin", at: 0 });
  for (let n = 0; n < parts; n += 1)
    tell({ type: "out", out: { ...(part(n) as Part), response, run: "run_1" as RunId } as LlmOut, at: n });
  return all.flatMap((effect) => (effect.type === "step" ? (effect.step.ended ?? []) : []));
}

const response = "resp_1" as ResponseId;
const size = 1_024;
const most = answerCharsMax / size;
const words = "x".repeat(size);
const said = (n: number): object => ({ type: "llm.text", offset: n * size, text: words });
const called = (n: number): object =>
  n === 0
    ? { type: "llm.call", index: 0, callId: "", name: "" }
    : { type: "llm.arguments", index: 0, offset: (n - 1) * size, delta: words };

it.each([
  ["text", said, 0],
  ["arguments", called, 1],
])("an answer whose %s does not end is ended", (_name, part, more) => {
  expect(hear(most + more, part)).toEqual([]);
  expect(hear(most + more + 1, part)).toMatchObject([{ status: "incomplete", reason: "max_output_tokens" }]);
});
