import { describe, expect, it } from "vitest";
import type { LlmMessage, LlmTool, LlmToolChoice } from "../../../protocol/generation.ts";
import { callsFor } from "./choose.ts";

const now = Date.UTC(2026, 10, 25, 15, 5); // a Wednesday

const tool = (
  name: string,
  description: string,
  properties: object = {},
  required: readonly string[] = [],
): LlmTool => ({
  name,
  description,
  parameters: { type: "object", properties, required },
});

const weather = tool(
  "get_weather",
  "Get the current weather for a city",
  {
    city: { type: "string" },
    unit: { type: "string", enum: ["celsius", "fahrenheit"] },
    days: { type: "integer", minimum: 1, maximum: 7 },
  },
  ["city"],
);
const timer = tool(
  "set_timer",
  "Starts a timer",
  { minutes: { type: "number" }, label: { type: "string" } },
  ["minutes"],
);
const reminder = tool(
  "create_reminder",
  "Reminds the user of something",
  { text: { type: "string" }, date: { type: "string", format: "date" }, time: { type: "string" } },
  ["text", "date"],
);
const light = tool(
  "switch_light",
  "Turns a light on or off",
  { room: { type: "string", enum: ["kitchen", "living_room"] }, on: { type: "boolean" } },
  ["room", "on"],
);
const email = tool(
  "send_email",
  "Send an e-mail",
  { to: { type: "string", format: "email" }, body: { type: "string" } },
  ["to", "body"],
);
const stop = tool("stop_music", "Stops the music");
const tools = [weather, timer, reminder, light, email, stop];

interface Given {
  readonly text?: string;
  readonly messages?: readonly LlmMessage[];
  readonly toolChoice?: LlmToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly tools?: readonly LlmTool[];
}

function calls(given: Given): unknown[] {
  const found = callsFor(
    {
      instructions: "",
      messages: given.messages ?? [{ role: "user", text: given.text ?? "" }],
      tools: given.tools ?? tools,
      toolChoice: given.toolChoice ?? "auto",
      maxOutputTokens: "inf",
      parallelToolCalls: given.parallelToolCalls ?? true,
      signal: new AbortController().signal,
    },
    now,
  );
  return found.map((call) => [call.name, JSON.parse(call.arguments) as unknown]);
}

describe("tool choice auto", () => {
  it.each<[string, unknown[]]>([
    ["What's the weather in Paris?", [["get_weather", { city: "Paris" }]]],
    ["what is the weather like in new york today", [["get_weather", { city: "New York" }]]],
    [
      "What's the weather in Oslo in fahrenheit for the next 3 days?",
      [["get_weather", { city: "Oslo", unit: "fahrenheit", days: 3 }]],
    ],
    [
      "Weather in Paris and London, please.",
      [
        ["get_weather", { city: "Paris" }],
        ["get_weather", { city: "London" }],
      ],
    ],
    ["Set a timer for ten minutes.", [["set_timer", { minutes: 10 }]]],
    ["Set a timer for seven and a half minutes", [["set_timer", { minutes: 7.5 }]]],
    [
      "Remind me to call the bank tomorrow.",
      [["create_reminder", { text: "call the bank", date: "2026-11-26" }]],
    ],
    ["Turn off the light in the kitchen", [["switch_light", { room: "kitchen", on: false }]]],
    ["Turn the living room light on", [["switch_light", { room: "living_room", on: true }]]],
    [
      'Send an email to kim@example.org saying "see you soon"',
      [["send_email", { to: "kim@example.org", body: "see you soon" }]],
    ],
    ["Please stop the music", [["stop_music", {}]]],
    ["Hello, how are you?", []],
    ["What is two plus two?", []],
    ["Tell me a story.", []],
    ["Say the weather is nice.", []],
    ["How do you spell weather?", []],
  ])("%s → %j", (text, expected) => {
    expect(calls({ text })).toEqual(expected);
  });

  it("gives one call where calls may not be parallel", () => {
    expect(calls({ text: "Weather in Paris and London", parallelToolCalls: false })).toEqual([
      ["get_weather", { city: "Paris" }],
    ]);
  });

  it("does not ask again for what it was just told", () => {
    const messages: readonly LlmMessage[] = [
      { role: "user", text: "What's the weather in Paris?" },
      { role: "tool_call", callId: "1", name: "get_weather", arguments: "{}" },
      { role: "tool_result", callId: "1", output: "wet" },
    ];
    expect(calls({ messages })).toEqual([]);
    expect(calls({ messages, toolChoice: "required" })).toHaveLength(1);
    expect(calls({ messages: [...messages, { role: "user", text: "And the weather in Rome?" }] })).toEqual([
      ["get_weather", { city: "Rome" }],
    ]);
  });
});

describe("the other tool choices", () => {
  it("none never calls", () => {
    expect(calls({ text: "What's the weather in Paris?", toolChoice: "none" })).toEqual([]);
  });

  it("required always calls the best match", () => {
    expect(calls({ text: "Hello", toolChoice: "required" })).toHaveLength(1);
    expect(calls({ text: "A timer: five minutes", toolChoice: "required" })).toEqual([
      ["set_timer", { minutes: 5 }],
    ]);
    expect(calls({ messages: [], toolChoice: "required" })).toHaveLength(1);
  });

  it("a name calls that tool, whatever was said", () => {
    expect(calls({ text: "What's the weather in Paris?", toolChoice: { name: "stop_music" } })).toEqual([
      ["stop_music", {}],
    ]);
  });

  it.each<LlmToolChoice>(["required", { name: "nope" }])("refuses %j without such a tool", (toolChoice) => {
    expect(() => calls({ text: "hi", toolChoice, tools: [] })).toThrow(
      expect.objectContaining({ code: "ERR_BAD_INPUT" }),
    );
  });
});
