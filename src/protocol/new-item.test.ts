import { describe, expect, it } from "vitest";
import type { ItemId } from "../lib/ids.ts";
import { itemBytesMax, itemFrom, readNewItem } from "./new-item.ts";
import type { NewItem } from "./new-item.ts";

const message = (role: string, ...content: unknown[]): object => ({ type: "message", role, content });

const speech = { type: "input_audio", transcript: "a" };

function itemOf(value: unknown): NewItem {
  const read = readNewItem(value, "item", null);
  if (!read.ok) throw new Error(`${read.error.param}: ${read.error.message}`);
  return read.value;
}

describe("readNewItem", () => {
  it.each([
    ["system", { type: "input_text", text: "a" }, "system", { type: "input_text", text: "a" }],
    ["developer", { type: "text", text: "a" }, "system", { type: "input_text", text: "a" }],
    ["user", { type: "input_text", text: "" }, "user", { type: "input_text", text: "" }],
    ["user", { type: "text", text: "a" }, "user", { type: "input_text", text: "a" }],
    ["assistant", { type: "output_text", text: "a" }, "assistant", { type: "output_text", text: "a" }],
    ["assistant", { type: "text", text: "a" }, "assistant", { type: "output_text", text: "a" }],
    ["assistant", { type: "input_text", text: "a" }, "assistant", { type: "output_text", text: "a" }],
    ["user", { type: "input_audio", transcript: "a" }, "user", { type: "input_audio", transcript: "a" }],
  ])("reads content of %s: %j", (role, part, kept, content) => {
    const { body, audio, id } = itemOf(message(role, part));
    expect(body).toEqual({ type: "message", role: kept, status: "completed", content: [content] });
    expect([id, audio]).toEqual([null, []]);
  });

  it.each([
    ["text", (text: string) => message("user", { type: "input_text", text })],
    ["an output", (output: string) => ({ type: "function_call_output", call_id: "c", output })],
    ["arguments", (text: string) => ({ type: "function_call", name: "f", call_id: "c", arguments: text })],
  ])("bounds an item: %s, in bytes", (_name, make) => {
    const letters = Math.floor(itemBytesMax / 3) - 50;
    expect(readNewItem(make("語".repeat(letters)), "item", "mine")).toMatchObject({ ok: true });
    expect(readNewItem(make("語".repeat(letters + 51)), "item", "mine")).toMatchObject({
      ok: false,
      error: { code: "invalid_value", param: "item", event_id: "mine" },
    });
  });

  it("keeps audio beside the item", () => {
    const item = itemOf(
      message(
        "user",
        { type: "input_text", text: "listen" },
        { type: "audio", audio: "AQI=", transcript: null },
      ),
    );
    expect(item.body).toMatchObject({
      content: [
        { type: "input_text", text: "listen" },
        { type: "input_audio", transcript: null },
      ],
    });
    expect(item.audio).toEqual([{ contentIndex: 1, bytes: new Uint8Array([1, 2]) }]);
  });

  it("makes the conversation's item, with the client's id or another", () => {
    const given = { id: "mine", status: "incomplete", ...message("user", { type: "text", text: "a" }) };
    expect(itemOf(given).id).toBe("mine");
    expect(itemFrom(itemOf(given), "mine" as ItemId)).toEqual({
      id: "mine",
      object: "realtime.item",
      type: "message",
      role: "user",
      status: "incomplete",
      content: [{ type: "input_text", text: "a" }],
    });
  });

  it("reads calls and their outputs", () => {
    const call = { type: "function_call", name: "f", arguments: "", status: "in_progress", id: null };
    expect(itemFrom(itemOf(call), "item_1" as ItemId)).toEqual({
      id: "item_1",
      object: "realtime.item",
      type: "function_call",
      status: "completed",
      name: "f",
      call_id: "call_item_1",
      arguments: "{}",
    });
    expect(itemOf({ ...call, call_id: "c", arguments: '{"a":1}' }).body).toMatchObject({
      call_id: "c",
      arguments: '{"a":1}',
    });
    expect(itemOf({ type: "function_call_output", call_id: "c", output: "" }).body).toEqual({
      type: "function_call_output",
      status: "completed",
      call_id: "c",
      output: "",
    });
  });

  const part = "item.content[0]";
  it.each([
    [{}, "missing_required_parameter", "item.type"],
    [{ type: "mcp_call" }, "invalid_value", "item.type"],
    [{ type: "message", content: [] }, "missing_required_parameter", "item.role"],
    [message("tool"), "invalid_value", "item.role"],
    [{ type: "message", role: "user", content: "hi" }, "invalid_value", "item.content"],
    [message("user", "hi"), "invalid_value", part],
    [message("user", { type: "smell" }), "invalid_value", `${part}.type`],
    [message("user", { type: "input_text" }), "missing_required_parameter", `${part}.text`],
    [message("user", { type: "output_text", text: "a" }), "invalid_value", `${part}.type`],
    [message("assistant", { type: "output_audio", transcript: "a" }), "invalid_value", `${part}.type`],
    [message("assistant", { type: "audio", audio: "AQI=" }), "invalid_value", `${part}.type`],
    [message("system", { type: "input_audio", audio: "AQI=" }), "invalid_value", `${part}.type`],
    [message("user", { type: "output_audio", audio: "AQI=" }), "invalid_value", `${part}.type`],
    [message("user", { type: "input_audio" }), "missing_required_parameter", `${part}.audio`],
    [message("user", { type: "input_audio", audio: "*" }), "invalid_value", `${part}.audio`],
    [message("user", { type: "input_image", image_url: "data:" }), "invalid_value", `${part}.image_url`],
    [message("user", speech, speech), "invalid_value", "item.content[1].type"],
    [{ id: "v1.job.>", ...message("user") }, "invalid_value", "item.id"],
    [{ id: "x".repeat(129), ...message("user") }, "string_above_max_length", "item.id"],
    [{ type: "function_call_output", output: "a" }, "missing_required_parameter", "item.call_id"],
    [{ type: "function_call_output", call_id: "c", output: {} }, "invalid_value", "item.output"],
    [{ type: "function_call", name: "f" }, "missing_required_parameter", "item.arguments"],
  ])("refuses %j", (value, code, param) => {
    expect(readNewItem(value, "item", "mine")).toMatchObject({
      ok: false,
      error: { type: "invalid_request_error", code, param, event_id: "mine" },
    });
  });
});
