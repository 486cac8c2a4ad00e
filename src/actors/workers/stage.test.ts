import { describe, expect, it } from "vitest";
import type { ResponseId, RunId, SessionId } from "../../lib/ids.ts";
import { defaultTenant } from "../../lib/ids.ts";
import type { LlmJob, Out } from "../../protocol/wire.ts";
import type { LlmProvider, LlmRequest } from "../../providers/llm.ts";
import { llmStage } from "./stage.ts";

const job = (continues?: LlmJob["continues"]): LlmJob => ({
  type: "llm",
  tenant: defaultTenant,
  session: "sess_1" as SessionId,
  epoch: 1,
  turn: "resp_1",
  at: 0,
  response: "resp_1" as ResponseId,
  instructions: "",
  messages: [{ role: "user", text: "Go." }],
  tools: [],
  toolChoice: "auto",
  maxOutputTokens: "inf",
  parallelToolCalls: true,
  ...(continues !== undefined && { continues }),
});

/** Runs the job on a model that says these words. */
async function run(
  given: LlmJob,
  canContinue: boolean,
  text: string,
  from: { offset: number; text?: string },
) {
  const requests: LlmRequest[] = [];
  const model: LlmProvider = {
    name: "model",
    canContinue,
    takesImages: false,
    async *generate(request) {
      requests.push(request);
      yield { type: "text", text };
      yield { type: "end", reason: "stop", inputTokens: 1, cachedTokens: 0, outputTokens: 1 };
    },
    close: async () => {},
  };
  const outs: Out[] = [];
  const { signal } = new AbortController();
  const publish = (out: Out): void => void outs.push(out);
  await llmStage(model).execute(
    { job: given, run: "run_1" as RunId, from: { answer: "go", ...from }, signal, publish },
    () => {},
  );
  return { request: requests[0], outs };
}

const cut = { heard: "One two ", text: "three. Four" };

describe("an answer that is the rest of another one", () => {
  it("goes on behind what is known, where the model can", async () => {
    const { request, outs } = await run(job(cut), true, " five.", { offset: 0 });
    expect(request?.continueAfter).toBe("One two three. Four");
    expect(request?.messages).toEqual(job().messages);
    expect(outs).toMatchObject([
      { type: "llm.text", offset: 11, text: " five." },
      { type: "llm.done", length: 17 },
    ]);
  });

  it("goes on behind what a lost run has delivered", async () => {
    const { request, outs } = await run(job(cut), true, "ve.", { offset: 14, text: "three. Four fi" });
    expect(request?.continueAfter).toBe("One two three. Four fi");
    expect(outs[0]).toMatchObject({ offset: 14, text: "ve." });
  });

  it("shows a model that cannot its own last words, and begins with a space", async () => {
    const { request, outs } = await run(job(cut), false, "five.", { offset: 11, text: "three. Four" });
    expect(request).not.toHaveProperty("continueAfter");
    expect(request?.messages.slice(1)).toMatchObject([
      { role: "assistant", text: "One two three. Four" },
      { role: "system" },
    ]);
    expect(outs).toMatchObject([
      { type: "llm.text", offset: 11, text: " five." },
      { type: "llm.done", length: 17 },
    ]);
    await expect(run(job(cut), false, "", { offset: 12, text: "three. Four " })).rejects.toMatchObject({
      code: "ERR_CANNOT_CONTINUE",
    });
  });

  it("is an answer like any other when nothing of it is known", async () => {
    const { request, outs } = await run(job(), false, "five.", { offset: 0 });
    expect(request).not.toHaveProperty("continueAfter");
    expect(request?.messages).toHaveLength(1);
    expect(outs[0]).toMatchObject({ offset: 0, text: "five." });
  });
});
