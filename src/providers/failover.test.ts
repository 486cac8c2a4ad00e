import { describe, expect, it } from "vitest";
import { ParleyError, type ErrorCode } from "../lib/errors.ts";
import { failoverLlm, failoverStt, failoverTts } from "./failover.ts";
import type { LlmEvent, LlmProvider, LlmRequest } from "./llm.ts";
import type { SttProvider } from "./stt.ts";
import type { TtsChunk, TtsProvider } from "./tts.ts";

const signal = new AbortController().signal;

const request: LlmRequest = {
  instructions: "",
  messages: [{ role: "user", text: "hello" }],
  tools: [],
  toolChoice: "auto",
  maxOutputTokens: "inf",
  parallelToolCalls: false,
  signal,
};

/** Yields `texts`, then fails with `code` if there is one. */
function llm(
  name: string,
  texts: readonly string[],
  code?: ErrorCode,
  takesImages = false,
): LlmProvider & { readonly closed: () => boolean } {
  let isClosed = false;
  return {
    name,
    canContinue: true,
    takesImages,
    async *generate(): AsyncGenerator<LlmEvent> {
      for (const text of texts) yield { type: "text", text };
      await Promise.resolve();
      if (code !== undefined) throw new ParleyError(code, name);
    },
    close: () => {
      isClosed = true;
      return Promise.resolve();
    },
    closed: () => isClosed,
  };
}

async function read(provider: LlmProvider, given: LlmRequest = request): Promise<string> {
  let text = "";
  for await (const event of provider.generate(given)) text += event.type === "text" ? event.text : "";
  return text;
}

describe("failover", () => {
  it.each([
    "ERR_PROVIDER",
    "ERR_PROVIDER_TIMEOUT",
    "ERR_CIRCUIT_OPEN",
    "ERR_BUSY",
    "ERR_CANNOT_CONTINUE",
  ] as const)("asks the next language model after %s before any output", async (code) => {
    expect(await read(failoverLlm([llm("a", [], code), llm("b", [], code), llm("c", ["yes"])]))).toBe("yes");
  });

  it.each(["ERR_PROVIDER_REJECTED", "ERR_BAD_INPUT", "ERR_ABORTED"] as const)(
    "passes on %s",
    async (code) => {
      await expect(read(failoverLlm([llm("a", [], code), llm("b", ["no"])]))).rejects.toMatchObject({ code });
    },
  );

  it("passes on a failure after output began", async () => {
    const both = failoverLlm([llm("a", ["half"], "ERR_PROVIDER"), llm("b", ["whole"])]);
    const texts: string[] = [];
    const reading = (async () => {
      for await (const event of both.generate(request)) if (event.type === "text") texts.push(event.text);
    })();
    await expect(reading).rejects.toMatchObject({ code: "ERR_PROVIDER", message: "a" });
    expect(texts).toEqual(["half"]);
  });

  it("ends with the last error when all fail", async () => {
    const all = failoverLlm([llm("a", [], "ERR_PROVIDER"), llm("b", [], "ERR_PROVIDER_TIMEOUT")]);
    await expect(read(all)).rejects.toMatchObject({ code: "ERR_PROVIDER_TIMEOUT", message: "b" });
  });

  it("asks nobody else once the caller gave up", async () => {
    const controller = new AbortController();
    const first: LlmProvider = {
      ...llm("a", []),
      // eslint-disable-next-line require-yield
      async *generate() {
        await Promise.resolve();
        controller.abort();
        throw new ParleyError("ERR_PROVIDER", "a");
      },
    };
    const both = failoverLlm([first, llm("b", ["late"])]);
    await expect(read(both, { ...request, signal: controller.signal })).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
  });

  it("[IMG-2] shows pictures only to those that take them, whatever the order", async () => {
    const picture = { url: "data:image/png;base64,AAAA", detail: "auto", offset: 0 } as const;
    const shown: LlmRequest = { ...request, messages: [{ role: "user", text: "", images: [picture] }] };
    const some = failoverLlm([llm("a", ["blind"]), llm("b", ["seen"], undefined, true)]);
    expect(some.takesImages).toBe(true);
    expect([await read(some, shown), await read(some)]).toEqual(["seen", "blind"]);
    const failing = failoverLlm([llm("a", ["blind"]), llm("b", [], "ERR_PROVIDER", true)]);
    await expect(read(failing, shown)).rejects.toMatchObject({ code: "ERR_PROVIDER", message: "b" });
    expect(failoverLlm([llm("a", []), llm("b", [])]).takesImages).toBe(false);
  });

  it("closes every provider, and can continue only if all can", async () => {
    const a = llm("a", []);
    const b = { ...llm("b", []), canContinue: false };
    const both = failoverLlm([a, b]);
    expect(both).toMatchObject({ name: "a,b", canContinue: false });
    await both.close();
    expect([a.closed(), b.closed()]).toEqual([true, true]);
  });

  it("does the same for recognisers", async () => {
    const stt = (name: string, code?: ErrorCode): SttProvider => ({
      name,
      transcribe: () =>
        code === undefined ? Promise.resolve({ text: name }) : Promise.reject(new ParleyError(code, name)),
      close: () => Promise.resolve(),
    });
    const ask = { audio: new Int16Array(1), signal };
    expect(await failoverStt([stt("a", "ERR_PROVIDER"), stt("b")]).transcribe(ask)).toEqual({ text: "b" });
    await expect(failoverStt([stt("a", "ERR_BAD_INPUT"), stt("b")]).transcribe(ask)).rejects.toMatchObject({
      code: "ERR_BAD_INPUT",
    });
  });

  it("does the same for voices, and does not claim to repeat samples", async () => {
    const tts = (name: string, code?: ErrorCode): TtsProvider => ({
      name,
      repeatable: true,
      async *synthesize() {
        await Promise.resolve();
        if (code !== undefined) throw new ParleyError(code, name);
        yield { pcm: Int16Array.of(7), marks: [{ chars: 1, samples: 1 }] };
      },
      close: () => Promise.resolve(),
    });
    const both = failoverTts([tts("a", "ERR_PROVIDER"), tts("b")]);
    expect(both.repeatable).toBe(false);
    expect(failoverTts([tts("a")]).repeatable).toBe(true);
    const chunks: TtsChunk[] = [];
    for await (const chunk of both.synthesize({ text: "x", voice: "v", speed: 1, signal }))
      chunks.push(chunk);
    expect(chunks).toEqual([{ pcm: Int16Array.of(7), marks: [{ chars: 1, samples: 1 }] }]);
  });
});
