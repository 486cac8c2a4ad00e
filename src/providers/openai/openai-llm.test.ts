import { describe, expect, it } from "vitest";
import {
  delta,
  endpoint,
  line,
  provider,
  read,
  request,
  streams,
} from "../../../test/support/chat-endpoint.ts";
import type { LlmEvent } from "../llm.ts";

const usage = line({
  choices: [],
  usage: { prompt_tokens: 11, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 3 } },
});
const weather = { name: "weather", description: "the weather", parameters: {} };
const callOf = (index: number, callId: string, name = "weather"): LlmEvent => ({
  type: "call",
  index,
  callId,
  name,
});

describe("the openai provider", () => {
  it("streams text and the usage that the server reports", async () => {
    const { url, bodies } = await endpoint(
      streams(
        delta({ role: "assistant", content: "" }),
        delta({ content: "Hel" }),
        delta({ content: "lo" }, "stop"),
        usage,
      ),
    );
    expect(await read(provider(url), request({ maxOutputTokens: 9 }))).toEqual([
      { type: "text", text: "Hel" },
      { type: "text", text: "lo" },
      { type: "end", reason: "stop", inputTokens: 11, cachedTokens: 3, outputTokens: 5 },
    ]);
    expect(bodies).toEqual([
      {
        model: "m",
        stream: true,
        stream_options: { include_usage: true },
        max_tokens: 9,
        messages: [
          { role: "system", content: "Be kind." },
          { role: "user", content: "a private sentence" },
        ],
      },
    ]);
  });

  it.each([
    ["length", "max_output_tokens"],
    ["content_filter", "content_filter"],
  ])("ends with %s as %s, and estimates tokens where the server counts none", async (finish, reason) => {
    const { url } = await endpoint(streams(delta({ content: "Hello" }), delta({}, finish)));
    const events = await read(provider(url));
    expect(events.at(-1)).toMatchObject({ type: "end", reason, outputTokens: 2, cachedTokens: 0 });
  });

  it("sends tools, their choice and whether calls may be parallel", async () => {
    const { url, bodies } = await endpoint(streams(delta({ content: "x" }, "stop")));
    const tools = [weather];
    for (const toolChoice of ["auto", "none", "required", { name: "weather" }] as const) {
      await read(provider(url), request({ tools, toolChoice, parallelToolCalls: false }));
    }
    expect(bodies.map((body) => body["tool_choice"])).toEqual([
      "auto",
      "none",
      "required",
      { type: "function", function: { name: "weather" } },
    ]);
    expect(bodies[0]).toMatchObject({
      parallel_tool_calls: false,
      tools: [
        { type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } },
      ],
    });
  });

  it("joins a call that comes in pieces, and two that are interleaved", async () => {
    const { url } = await endpoint(
      streams(
        delta({
          tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "weather", arguments: "" } }],
        }),
        delta({ tool_calls: [{ index: 1, id: "b", function: { name: "weather", arguments: '{"x' } }] }),
        delta({ tool_calls: [{ index: 0, function: { arguments: '{"p":1}' } }] }),
        delta({ tool_calls: [{ index: 1, function: { arguments: '":2}' } }] }),
        delta({}, "tool_calls"),
      ),
    );
    const events = await read(provider(url), request({ tools: [weather] }));
    expect(events.slice(0, -1)).toEqual([
      callOf(0, "a"),
      callOf(1, "b"),
      { type: "arguments", index: 1, delta: '{"x' },
      { type: "arguments", index: 0, delta: '{"p":1}' },
      { type: "arguments", index: 1, delta: '":2}' },
    ]);
    expect(events.at(-1)).toMatchObject({ reason: "tool_calls" });
  });

  it.each([
    [
      "no index and no id",
      [{ function: { name: "weather", arguments: "{}" } }, { function: { name: "time", arguments: "{}" } }],
    ],
    [
      "index 0 for every call, ids that repeat",
      [
        { index: 0, id: "old", function: { name: "weather", arguments: "{}" } },
        { index: 0, id: "old2", function: { name: "time", arguments: "{}" } },
      ],
    ],
    [
      "arguments as objects, or none",
      [
        { index: 0, function: { name: "weather", arguments: {} } },
        { index: 1, function: { name: "time" } },
      ],
    ],
  ])("takes whole calls with %s, under ids that are unique", async (_name, calls) => {
    const { url } = await endpoint(streams(delta({ tool_calls: calls }), delta({}, "stop")));
    const messages = ["old", "old2"].flatMap(
      (callId) =>
        [
          { role: "tool_call", callId, name: "weather", arguments: "{}" },
          { role: "tool_result", callId, output: "wet" },
        ] as const,
    );
    const events = await read(provider(url), request({ messages }));
    expect(events.filter((event) => event.type === "call")).toEqual([
      callOf(0, "new_0"),
      callOf(1, "new_1", "time"),
    ]);
    for (const index of [0, 1]) expect(events).toContainEqual({ type: "arguments", index, delta: "{}" });
    expect(events.at(-1)).toMatchObject({ reason: "tool_calls" });
  });
});
