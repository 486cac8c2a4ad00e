import { describe, expect, it } from "vitest";
import type { CallId, ItemId } from "../../lib/ids.ts";
import type { ContentPart, Item, MessageItem } from "../../protocol/items.ts";
import {
  audioPartOf,
  findItem,
  hasCall,
  imagesLetGo,
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

describe("imagesLetGo", () => {
  const pictured = (key: string, chars: number): Item =>
    message(key, [
      { type: "input_text", text: key },
      { type: "input_image", image_url: "x".repeat(chars), detail: "low" },
    ]);

  it("lets the oldest pictures go until the new one fits, and keeps the words", () => {
    const old = [a, pictured("p", 40), pictured("q", 40), pictured("r", 40)];
    const gone = imagesLetGo(old, pictured("s", 50), 100);
    expect(gone.map((item) => item.id)).toEqual(["p", "q"]);
    expect(gone[0]).toMatchObject({
      content: [
        { type: "input_text", text: "p" },
        { type: "input_image", detail: "low" },
      ],
    });
    expect(gone[0]).not.toMatchObject({ content: [{}, { image_url: expect.anything() as unknown }] });
  });

  it("lets none go for an item without pictures, or while all fit", () => {
    const old = [pictured("p", 40), pictured("q", 60)];
    expect(imagesLetGo(old, a, 10)).toEqual([]);
    expect(imagesLetGo(old, pictured("r", 1), 101)).toEqual([]);
  });
});

describe("audioPartOf", () => {
  it("is where the audio is, whatever stands before it", () => {
    const item = message("m", [
      { type: "input_text", text: "one" },
      { type: "input_audio", transcript: null },
    ]);
    expect([audioPartOf(item), audioPartOf(a), audioPartOf(undefined)]).toEqual([1, 0, 0]);
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
