import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Clock } from "../../lib/clock.ts";
import { systemClock } from "../../lib/clock.ts";
import type { LlmMessage } from "../../protocol/generation.ts";
import type { LlmEvent, LlmRequest } from "../llm.ts";
import { createBuiltinLlm } from "./builtin-llm.ts";
import { countTokens, tokensOf } from "./tokens.ts";

const clockAt = (now: number): Clock => ({ ...systemClock, now: () => now });
const llm = createBuiltinLlm({ clock: clockAt(Date.UTC(2026, 10, 25, 15, 5)), newCallId: () => "call_1" });

const request = (text: string, more: Partial<LlmRequest> = {}): LlmRequest => ({
  instructions: "",
  messages: [{ role: "user", text }],
  tools: [],
  toolChoice: "auto",
  maxOutputTokens: "inf",
  parallelToolCalls: true,
  signal: new AbortController().signal,
  ...more,
});

async function read(given: LlmRequest, from = llm): Promise<LlmEvent[]> {
  const events: LlmEvent[] = [];
  for await (const event of from.generate(given)) events.push(event);
  return events;
}

const textOf = (events: readonly LlmEvent[]): string =>
  events.map((event) => (event.type === "text" ? event.text : "")).join("");

const asks = fc.constantFrom(
  "Tell me a long story.",
  "What is twelve times seven?",
  "Repeat after me: naïve café, 東京 🎉 and antidisestablishmentarianism",
  "Who are you?",
  "Count to fifty.",
  "zxcv",
);

describe("the builtin model", () => {
  it("streams word by word and ends with its counts", async () => {
    const events = await read(request("What is two plus two?"));
    expect(events).toEqual([
      { type: "text", text: "That" },
      { type: "text", text: " makes" },
      { type: "text", text: " 4." },
      { type: "end", reason: "stop", inputTokens: 5, cachedTokens: 0, outputTokens: 3 },
    ]);
  });

  it("tells a story of more than two hundred words, the same each time", async () => {
    const [one, two] = await Promise.all([
      read(request("Tell me a long story.")),
      read(request("Tell me a long story.")),
    ]);
    expect(one).toEqual(two);
    expect(textOf(one).split(" ").length).toBeGreaterThan(200);
  });

  it("never exceeds the token limit, and says when it stopped there", async () => {
    await fc.assert(
      fc.asyncProperty(asks, fc.integer({ min: 1, max: 60 }), async (text, maxOutputTokens) => {
        const [whole, cut] = [await read(request(text)), await read(request(text, { maxOutputTokens }))];
        const tokens = tokensOf(textOf(whole));
        expect(textOf(cut)).toBe(tokens.slice(0, maxOutputTokens).join(""));
        expect(cut.at(-1)).toMatchObject({
          reason: tokens.length > maxOutputTokens ? "max_output_tokens" : "stop",
          outputTokens: Math.min(tokens.length, maxOutputTokens),
        });
      }),
      { numRuns: 60 },
    );
  });

  it("counts calls against the limit too", async () => {
    const tools = [
      {
        name: "note",
        description: "",
        parameters: { properties: { text: { type: "string" } }, required: ["text"] },
      },
    ];
    const given = request("Make a note that the kettle is hot", { tools, toolChoice: "required" });
    const whole = await read(given);
    const end = whole.at(-1);
    const used = end?.type === "end" ? end.outputTokens : 0;
    expect(end).toMatchObject({ reason: "tool_calls" });
    for (let maxOutputTokens = 1; maxOutputTokens < used; maxOutputTokens += 1) {
      const cut = await read({ ...given, maxOutputTokens });
      expect(cut.at(-1)).toMatchObject({ reason: "max_output_tokens", outputTokens: maxOutputTokens });
      expect(cut.slice(0, -1)).toEqual(whole.slice(0, maxOutputTokens));
    }
    expect(await read({ ...given, maxOutputTokens: used })).toEqual(whole);
  });

  it("continues after any prefix with exactly the rest, under any limit", async () => {
    await fc.assert(
      fc.asyncProperty(
        asks,
        fc.nat({ max: 3_000 }),
        fc.option(fc.integer({ min: 1, max: 400 })),
        async (text, at, limit) => {
          const given = request(text, { maxOutputTokens: limit ?? "inf" });
          const whole = await read(given);
          const continueAfter = textOf(whole).slice(0, at);
          const rest = await read({ ...given, continueAfter });
          expect(continueAfter + textOf(rest)).toBe(textOf(whole));
          expect(rest.at(-1)).toEqual(whole.at(-1));
        },
      ),
      { numRuns: 80 },
    );
  });

  it("refuses to continue what it would not say now", async () => {
    const later = createBuiltinLlm({ clock: clockAt(Date.UTC(2026, 10, 25, 15, 6)) });
    const continueAfter = textOf(await read(request("What time is it?"))).slice(0, -3);
    await expect(read(request("What time is it?", { continueAfter }), later)).rejects.toMatchObject({
      code: "ERR_CANNOT_CONTINUE",
    });
  });

  it.each([0, 20, 1e9])("stops between words when the signal fires (%i ms apart)", async (chunkDelayMs) => {
    const slow = createBuiltinLlm({ clock: systemClock, chunkDelayMs });
    const controller = new AbortController();
    let words = 0;
    const reading = (async () => {
      if (chunkDelayMs > 1_000) setImmediate(() => controller.abort());
      for await (const event of slow.generate(
        request("Tell me a long story.", { signal: controller.signal }),
      )) {
        if (event.type === "text" && ++words === 3) controller.abort();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(words).toBe(chunkDelayMs > 1_000 ? 0 : 3);
  });

  it("lets others run between words", async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    await read(request("Tell me a 2000 word story."));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  it("has an answer for any conversation at all", async () => {
    const text = fc.oneof(fc.string({ unit: "binary", maxLength: 200 }), fc.lorem({ maxCount: 30 }));
    const message: fc.Arbitrary<LlmMessage> = fc.oneof(
      fc.record({ role: fc.constantFrom("system" as const, "user" as const, "assistant" as const), text }),
      fc.record({ role: fc.constant("tool_call" as const), callId: text, name: text, arguments: text }),
      fc.record({
        role: fc.constant("tool_result" as const),
        callId: text,
        output: fc.oneof(text, fc.json()),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 6 }), text, async (messages, instructions) => {
        const events = await read(request("", { messages, instructions }));
        expect(events.at(-1)?.type).toBe("end");
        expect(textOf(events)).not.toBe("");
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    "a ",
    "say ",
    "1 + ",
    "(",
    "in Aa and ",
    "\"'",
    "my a is b ",
    "two hundred and ",
    "Say. ",
    "A.",
    "if ask say ",
    "1 word ",
  ])("answers in good time when %j is all that is said, or ordered, many thousand times", async (part) => {
    const long = part.repeat(100_000 / part.length);
    expect((await read(request(long, { maxOutputTokens: 5 }))).at(-1)).toMatchObject({ type: "end" });
    expect((await read(request("Hello", { instructions: long, maxOutputTokens: 5 }))).at(-1)).toMatchObject({
      type: "end",
    });
    const result = { role: "tool_result", callId: "1", output: long } as const;
    const messages = [{ role: "user", text: long }, { role: "assistant", text: long }, result] as const;
    expect((await read(request("", { messages, maxOutputTokens: 5 }))).at(-1)).toMatchObject({ type: "end" });
  });
});

describe("tokens", () => {
  it("joined give the text back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
        expect(tokensOf(text).join("")).toBe(text);
        expect(countTokens(text)).toBeLessThanOrEqual(Math.max(1, text.length));
      }),
    );
  });
});
