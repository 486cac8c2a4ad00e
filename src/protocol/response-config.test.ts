import { describe, expect, it } from "vitest";
import { effectiveResponseConfig, noOverrides, readResponseOverrides } from "./response-config.ts";
import type { ResponseOverrides } from "./response-config.ts";
import { defaultSessionConfig } from "./session-config.ts";

const tool = { type: "function" as const, name: "look_up", description: "d", parameters: { type: "object" } };
const session = { ...defaultSessionConfig("parley"), instructions: "be kind", tools: [tool] };

function overridesOf(value: unknown): ResponseOverrides {
  const read = readResponseOverrides(value, null);
  if (!read.ok) throw new Error(`${read.error.param}: ${read.error.message}`);
  return read.value;
}

describe("readResponseOverrides", () => {
  it.each([undefined, null, {}, { instructions: null, metadata: null, input: null, audio: null }])(
    "asks for nothing special with %j",
    (value) => {
      expect(effectiveResponseConfig(session, overridesOf(value))).toEqual(
        effectiveResponseConfig(session, noOverrides),
      );
    },
  );

  it("tells an empty context from the conversation", () => {
    expect(overridesOf({ input: [] }).input).toEqual([]);
    expect(overridesOf({}).input).toBeNull();
  });

  it("reads items and references as input", () => {
    const { input } = overridesOf({
      input: [
        { type: "item_reference", id: "item_1" },
        { type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] },
      ],
    });
    expect(input).toMatchObject([
      { type: "reference", id: "item_1" },
      { type: "item", item: { body: { role: "user" } } },
    ]);
  });

  const pairs = (count: number): object =>
    Object.fromEntries(Array.from({ length: count }, (_, k) => [`k${k}`, "v"]));
  it("takes metadata up to its limits", () => {
    const metadata = { ...pairs(15), ["k".repeat(64)]: "v".repeat(512) };
    expect(overridesOf({ metadata }).metadata).toEqual(metadata);
  });

  it.each([
    [{ metadata: pairs(17) }, "invalid_value", "response.metadata"],
    [{ metadata: { ["k".repeat(65)]: "" } }, "invalid_value", `response.metadata.${"k".repeat(65)}`],
    [{ metadata: { a: "v".repeat(513) } }, "string_above_max_length", "response.metadata.a"],
    [{ metadata: { a: 1 } }, "invalid_value", "response.metadata.a"],
    [{ conversation: "conv_1" }, "invalid_value", "response.conversation"],
    [{ output_modalities: ["text", "audio"] }, "invalid_value", "response.output_modalities"],
    [{ max_output_tokens: 0 }, "invalid_value", "response.max_output_tokens"],
    [{ audio: { output: { format: { type: "x" } } } }, "invalid_value", "response.audio.output.format.type"],
    [{ input: [{ type: "item_reference" }] }, "missing_required_parameter", "response.input[0].id"],
    [
      { input: [{ type: "message", role: "user" }] },
      "missing_required_parameter",
      "response.input[0].content",
    ],
    [
      { input: [{ type: "message", role: "user", content: [{ type: "input_image" }] }] },
      "missing_required_parameter",
      "response.input[0].content[0].image_url",
    ],
    [{ tools: [{ type: "mcp" }] }, "invalid_value", "response.tools[0].type"],
  ])("refuses %j", (value, code, param) => {
    const read = readResponseOverrides(value, "mine");
    expect(read).toMatchObject({ ok: false, error: { code, param, event_id: "mine" } });
  });
});

describe("effectiveResponseConfig", () => {
  it("is the session's configuration where nothing else is asked for", () => {
    expect(effectiveResponseConfig(session, noOverrides)).toEqual({
      instructions: "be kind",
      output_modalities: ["audio"],
      audio: { output: session.audio.output },
      tools: [tool],
      tool_choice: "auto",
      parallel_tool_calls: true,
      max_output_tokens: "inf",
      metadata: null,
      conversation: "auto",
      input: null,
    });
  });

  it("is what the response asks for, down to empty values", () => {
    const other = { ...tool, name: "other" };
    const config = effectiveResponseConfig(
      session,
      overridesOf({
        instructions: "",
        output_modalities: ["text"],
        audio: { output: { format: { type: "audio/pcmu" }, voice: "cedar" } },
        tools: [other],
        tool_choice: "other",
        parallel_tool_calls: false,
        max_output_tokens: 5,
        metadata: { a: "b" },
        conversation: "none",
        input: [],
      }),
    );
    expect(config).toEqual({
      instructions: "",
      output_modalities: ["text"],
      audio: { output: { format: { type: "audio/pcmu" }, voice: "cedar", speed: 1 } },
      tools: [other],
      tool_choice: { type: "function", name: "other" },
      parallel_tool_calls: false,
      max_output_tokens: 5,
      metadata: { a: "b" },
      conversation: "none",
      input: [],
    });
  });

  it.each([
    ["no tools", { tools: [], tool_choice: "required" }, "none"],
    ["a function that is not there", { tool_choice: "nothing" }, "auto"],
    ["a function that is there", { tool_choice: "look_up" }, { type: "function", name: "look_up" }],
    ["required with tools", { tool_choice: "required" }, "required"],
  ])("makes a tool choice that can be kept: %s", (_, overrides, expected) => {
    expect(effectiveResponseConfig(session, overridesOf(overrides)).tool_choice).toEqual(expected);
  });
});
