import { describe, expect, it } from "vitest";
import type { LlmMessage } from "../../protocol/generation.ts";
import { chatMessages } from "./messages.ts";
import { dialectFor } from "./parameters.ts";

const call = (callId: string): LlmMessage => ({ role: "tool_call", callId, name: "f", arguments: "" });
const result = (callId: string): LlmMessage => ({ role: "tool_result", callId, output: `out ${callId}` });
const say = (role: "user" | "assistant", text: string): LlmMessage => ({ role, text });

/** The shape in one line: `u` `a` `s` for texts, `a(1,2)` for calls, `t1` for outputs (`-` when it is not there yet). */
function shape(messages: readonly LlmMessage[]): string {
  return chatMessages("", messages)
    .map((message) => {
      if (message.role === "tool")
        return `t${message.tool_call_id}${message.content === `out ${message.tool_call_id}` ? "" : "-"}`;
      if (message.role !== "assistant" || message.tool_calls === undefined) return message.role[0];
      return `${message.content === null ? "" : "a+"}(${message.tool_calls.map((one) => one.id).join(",")})`;
    })
    .join(" ");
}

describe("chatMessages", () => {
  it.each<[string, readonly LlmMessage[], string]>([
    [
      "texts as they are, empty ones left out",
      [say("user", "x"), say("user", ""), say("assistant", "y")],
      "u a",
    ],
    ["one call", [say("user", "x"), call("1"), result("1"), say("assistant", "y")], "u (1) t1 a"],
    ["consecutive calls as one message", [call("1"), call("2"), result("1"), result("2")], "(1,2) t1 t2"],
    ["outputs in the order of their calls", [call("1"), call("2"), result("2"), result("1")], "(1,2) t1 t2"],
    ["calls one after another as two", [call("1"), result("1"), call("2"), result("2")], "(1) t1 (2) t2"],
    [
      "text before a call joined to it",
      [say("user", "x"), say("assistant", "y"), call("1"), result("1")],
      "u a+(1) t1",
    ],
    ["a call that the user spoke over", [call("1"), say("user", "x"), result("1")], "(1) t1 u"],
    ["a call without an output yet", [call("1"), say("user", "x")], "(1) t1- u"],
    ["an output whose call was deleted", [result("1"), say("user", "x")], "s u"],
  ])("%s", (_name, messages, expected) => {
    expect(shape(messages)).toBe(expected);
  });

  it("puts the instructions first, and makes empty arguments valid JSON", () => {
    const [system, assistant] = chatMessages("be kind", [call("1")]);
    expect(system).toEqual({ role: "system", content: "be kind" });
    expect(assistant).toMatchObject({ tool_calls: [{ function: { name: "f", arguments: "{}" } }] });
  });
});

describe("dialectFor", () => {
  it.each([
    [undefined, "max_completion_tokens"],
    ["https://api.openai.com/v1", "max_completion_tokens"],
    ["https://eu.api.openai.com/v1", "max_completion_tokens"],
    ["https://notopenai.com/v1", "max_tokens"],
    ["http://127.0.0.1:11434/v1", "max_tokens"],
  ])("%s limits by %s", (url, tokenLimit) => {
    expect(dialectFor(url)).toMatchObject({ tokenLimit });
  });
});

describe("pictures", () => {
  const image = (offset: number) => ({
    url: `data:image/png;base64,${offset}`,
    detail: "low" as const,
    offset,
  });
  const part = (offset: number) => ({
    type: "image_url",
    image_url: { url: `data:image/png;base64,${offset}`, detail: "low" },
  });
  const text = (words: string) => ({ type: "text", text: words });

  it.each<[string, string, readonly number[], readonly object[]]>([
    ["alone", "", [0], [part(0)]],
    ["before the words", "left", [0], [part(0), text("left")]],
    ["between the words", "left\nright", [4], [text("left"), part(4), text("right")]],
    ["after the words, several", "left", [4, 4], [text("left"), part(4), part(4)]],
  ])("stand where they stood: %s", (_name, words, offsets, content) => {
    const messages = [{ role: "user" as const, text: words, images: offsets.map(image) }];
    expect(chatMessages("", messages)).toEqual([{ role: "user", content }]);
  });
});
