import { describe, expect, it } from "vitest";
import type { CallId, ItemId } from "../../lib/ids.ts";
import type { ContentPart, Item, MessageItem } from "../../protocol/items.ts";
import {
  contextOf,
  findItem,
  hasCall,
  insertItem,
  placeOf,
  removeItem,
  replaceItem,
  withTranscript,
} from "./conversation.ts";

const id = (name: string): ItemId => name as ItemId;

function message(
  name: string,
  content: readonly ContentPart[],
  more: Partial<MessageItem> = {},
): MessageItem {
  return {
    id: id(name),
    object: "realtime.item",
    type: "message",
    role: "user",
    status: "completed",
    content,
    ...more,
  };
}

const call: Item = {
  id: id("call"),
  object: "realtime.item",
  type: "function_call",
  status: "completed",
  name: "look_up",
  call_id: "call_1" as CallId,
  arguments: "{}",
};
const output: Item = {
  id: id("output"),
  object: "realtime.item",
  type: "function_call_output",
  status: "completed",
  call_id: "call_1" as CallId,
  output: "42",
};
const a = message("a", [{ type: "input_text", text: "one" }]);
const b = message("b", [{ type: "input_text", text: "two" }]);
const all: readonly Item[] = [a, call, b];

describe("placeOf", () => {
  it.each([
    ["at the end", null, { before: "b", index: 3 }],
    ["first", "root" as const, { before: null, index: 0 }],
    ["after the first", id("a"), { before: "a", index: 1 }],
    ["after the last", id("b"), { before: "b", index: 3 }],
    ["after one that is not there", id("nobody"), undefined],
  ])("%s", (_name, after, expected) => {
    expect(placeOf(all, after)).toEqual(expected);
  });

  it("has nothing before the first item", () => {
    expect(placeOf([], null)).toEqual({ before: null, index: 0 });
  });
});

describe("a conversation", () => {
  it("is changed in copies only", () => {
    const before = all.map(({ id: one }) => one);
    expect(insertItem(all, output, 1).map(({ id: one }) => one)).toEqual(["a", "output", "call", "b"]);
    expect(removeItem(all, id("call")).map(({ id: one }) => one)).toEqual(["a", "b"]);
    const changed = message("b", []);
    expect(findItem(replaceItem(all, changed), id("b"))).toBe(changed);
    expect(all.map(({ id: one }) => one)).toEqual(before);
    expect(findItem(all, id("b"))).toBe(b);
  });

  it("is left as it is when the item to replace is not there", () => {
    expect(replaceItem(all, output)).toBe(all);
  });

  it("knows the calls that may be answered", () => {
    expect(hasCall(all, "call_1" as CallId)).toBe(true);
    expect(hasCall([output], "call_1" as CallId)).toBe(false);
  });
});

describe("contextOf", () => {
  it.each<readonly [string, Item, unknown]>([
    ["text", a, { role: "user", text: "one" }],
    [
      "several parts as lines",
      message("m", [
        { type: "input_text", text: "one" },
        { type: "input_audio", transcript: "two" },
      ]),
      { role: "user", text: "one\ntwo" },
    ],
    [
      "speech that was not recognised",
      message("m", [{ type: "input_audio", transcript: null }]),
      { role: "user", text: "[unintelligible]" },
    ],
    [
      "speech without words",
      message("m", [{ type: "input_audio", transcript: "" }]),
      { role: "user", text: "[unintelligible]" },
    ],
    [
      "what the assistant said",
      message("m", [{ type: "output_audio", transcript: "yes" }], {
        role: "assistant",
        status: "incomplete",
      }),
      { role: "assistant", text: "yes" },
    ],
    ["a call", call, { role: "tool_call", callId: "call_1", name: "look_up", arguments: "{}" }],
    ["its result", output, { role: "tool_result", callId: "call_1", output: "42" }],
  ])("reads %s", (_name, item, expected) => {
    expect(contextOf([item])).toEqual([expected]);
  });

  it.each<readonly [string, Item]>([
    ["what is still being said", message("m", [], { role: "assistant", status: "in_progress" })],
    ["an answer of which nothing was heard", message("m", [{ type: "output_audio", transcript: "" }])],
    ["a message without parts", message("m", [])],
  ])("leaves out %s", (_name, item) => {
    expect(contextOf([a, item, b])).toEqual(contextOf([a, b]));
  });
});

describe("withTranscript", () => {
  it("fills in speech and leaves text alone", () => {
    const item = message("m", [
      { type: "input_text", text: "one" },
      { type: "input_audio", transcript: null },
    ]);
    expect(withTranscript(item, "two")).toMatchObject({
      content: [
        { type: "input_text", text: "one" },
        { type: "input_audio", transcript: "two" },
      ],
    });
    expect(withTranscript(call, "two")).toBe(call);
  });
});
