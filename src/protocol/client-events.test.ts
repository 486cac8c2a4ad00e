import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { appendBytesMax, parseClientEvent } from "./client-events.ts";
import type { ClientEvent } from "./client-events.ts";
import type { RealtimeError } from "./realtime-error.ts";

const parse = (event: unknown): ReturnType<typeof parseClientEvent> =>
  parseClientEvent(JSON.stringify(event));

function eventOf(event: unknown): ClientEvent {
  const parsed = parse(event);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.event;
}

function errorOf(event: unknown): RealtimeError {
  const parsed = parse(event);
  if (parsed.ok) throw new Error("it was accepted");
  return parsed.error;
}

describe("parseClientEvent", () => {
  it.each<[unknown, ClientEvent]>([
    [
      { type: "session.update", event_id: "e", session: { type: "realtime" } },
      { type: "session.update", eventId: "e", session: { type: "realtime" } },
    ],
    [
      { type: "input_audio_buffer.append", audio: "AQI=" },
      { type: "input_audio_buffer.append", eventId: null, audio: new Uint8Array([1, 2]) },
    ],
    [
      { type: "input_audio_buffer.append", audio: "" },
      { type: "input_audio_buffer.append", eventId: null, audio: new Uint8Array() },
    ],
    [{ type: "input_audio_buffer.commit" }, { type: "input_audio_buffer.commit", eventId: null }],
    [
      { type: "input_audio_buffer.clear", event_id: null },
      { type: "input_audio_buffer.clear", eventId: null },
    ],
    [{ type: "output_audio_buffer.clear" }, { type: "output_audio_buffer.clear", eventId: null }],
    [
      { type: "conversation.item.retrieve", item_id: "i" },
      { type: "conversation.item.retrieve", eventId: null, itemId: "i" as never },
    ],
    [
      { type: "conversation.item.delete", item_id: "i", event_id: "e" },
      { type: "conversation.item.delete", eventId: "e", itemId: "i" as never },
    ],
    [
      { type: "conversation.item.truncate", item_id: "i", content_index: 0, audio_end_ms: 12 },
      {
        type: "conversation.item.truncate",
        eventId: null,
        itemId: "i" as never,
        contentIndex: 0,
        audioEndMs: 12,
      },
    ],
    [{ type: "response.cancel" }, { type: "response.cancel", eventId: null, responseId: null }],
    [
      { type: "response.cancel", response_id: "resp_1" },
      { type: "response.cancel", eventId: null, responseId: "resp_1" as never },
    ],
    [
      { type: "response.create" },
      {
        type: "response.create",
        eventId: null,
        overrides: { metadata: null, conversation: "auto", input: null },
      },
    ],
  ])("reads %j", (given, expected) => {
    expect(eventOf(given)).toEqual(expected);
  });

  const text = { type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] };
  it.each([
    [undefined, null],
    [null, null],
    ["", null],
    ["root", "root"],
    ["item_1", "item_1"],
  ])("reads previous_item_id %j as %j", (given, expected) => {
    const event = eventOf({ type: "conversation.item.create", item: text, previous_item_id: given });
    expect(event).toMatchObject({ previousItemId: expected });
  });

  it.each([
    [{}, "missing_required_parameter", "type"],
    [{ type: 1 }, "invalid_value", "type"],
    [{ type: "constructor" }, "invalid_value", "type"],
    [{ type: "input_audio_buffer.commit", event_id: 5 }, "invalid_value", "event_id"],
    [{ type: "input_audio_buffer.append" }, "missing_required_parameter", "audio"],
    [{ type: "input_audio_buffer.append", audio: 1 }, "invalid_value", "audio"],
    [{ type: "input_audio_buffer.append", audio: "AQI" }, "invalid_value", "audio"],
    [{ type: "session.update" }, "missing_required_parameter", "session"],
    [{ type: "conversation.item.create" }, "missing_required_parameter", "item"],
    [{ type: "conversation.item.create", item: 4 }, "invalid_value", "item"],
    [
      { type: "conversation.item.create", item: text, previous_item_id: 1 },
      "invalid_value",
      "previous_item_id",
    ],
    [{ type: "conversation.item.retrieve" }, "missing_required_parameter", "item_id"],
    [{ type: "conversation.item.delete", item_id: {} }, "invalid_value", "item_id"],
    [{ type: "conversation.item.truncate", item_id: "i" }, "missing_required_parameter", "content_index"],
    [
      { type: "conversation.item.truncate", item_id: "i", content_index: 0, audio_end_ms: -1 },
      "invalid_value",
      "audio_end_ms",
    ],
    [
      { type: "conversation.item.truncate", item_id: "i", content_index: 0, audio_end_ms: 1.5 },
      "invalid_value",
      "audio_end_ms",
    ],
    [{ type: "response.create", response: [] }, "invalid_value", "response"],
    [{ type: "response.cancel", response_id: 1 }, "invalid_value", "response_id"],
  ])("refuses %j", (given, code, param) => {
    expect(errorOf(given)).toMatchObject({ type: "invalid_request_error", code, param });
  });

  it("names the client's event in the error about it", () => {
    expect(errorOf({ type: "conversation.item.delete", event_id: "mine" }).event_id).toBe("mine");
    expect(errorOf({ type: "input_audio_buffer.append", audio: "=", event_id: "mine" }).event_id).toBe(
      "mine",
    );
    expect(errorOf({ type: "nothing", event_id: "mine" }).event_id).toBe("mine");
  });

  it("refuses an event_id of more than 512 characters on both ways", () => {
    const long = "e".repeat(513);
    for (const type of ["input_audio_buffer.append", "input_audio_buffer.commit"])
      expect(errorOf({ type, audio: "AAA=", event_id: long })).toMatchObject({
        code: "string_above_max_length",
        param: "event_id",
        event_id: null,
      });
  });

  it("reads base64 whose slashes are escaped", () => {
    const frame = String.raw`{"type":"input_audio_buffer.append","audio":"\/\/\/\/"}`;
    const audio = new Uint8Array([255, 255, 255]);
    expect(parseClientEvent(frame)).toEqual({
      ok: true,
      event: { type: "input_audio_buffer.append", eventId: null, audio },
    });
  });

  it("takes 15 MiB of audio and not one byte more", () => {
    const most = Buffer.alloc(appendBytesMax).toString("base64");
    const event = eventOf({ type: "input_audio_buffer.append", audio: most });
    expect(event).toMatchObject({ type: "input_audio_buffer.append" });
    expect(errorOf({ type: "input_audio_buffer.append", audio: `${most}AAA=` })).toMatchObject({
      code: "string_above_max_length",
      param: "audio",
    });
  });

  it("repeats no more of a client's words than a bound", () => {
    const long = "x".repeat(100_000);
    for (const event of [
      { type: long },
      { type: "response.create", response: { metadata: { [long]: "" } } },
      { type: "response.create", response: { tool_choice: { type: long } } },
    ]) {
      expect(JSON.stringify(errorOf(event)).length).toBeLessThan(1_500);
    }
  });
});

const kinds = [
  "session.update",
  "input_audio_buffer.append",
  "conversation.item.create",
  "conversation.item.retrieve",
  "conversation.item.truncate",
  "response.create",
  "response.cancel",
];
const keys = ["audio", "item", "item_id", "response", "session", "event_id", "type", "content", "metadata"];

describe("parseClientEvent on anything", () => {
  const isSettled = (frame: string): boolean => {
    const parsed = parseClientEvent(frame);
    if (parsed.ok) return kinds.includes(parsed.event.type);
    return parsed.error.message !== "" && /^[a-z_]+$/.test(parsed.error.code);
  };

  it("gives an event or an error for any text", () => {
    const any = fc.oneof(fc.string({ unit: "binary", maxLength: 200 }), fc.json());
    fc.assert(
      fc.property(any, (frame) => {
        expect(isSettled(frame)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it("gives an event or an error for any fields under any type", () => {
    const { tree } = fc.letrec((tie) => ({
      tree: fc.dictionary(fc.constantFrom(...keys, "text", "role", "tools", "input"), tie("value"), {
        maxKeys: 5,
      }),
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom("message", "user", "input_text", "function_call", "item_reference", "AAA=", "none"),
        fc.integer(),
        fc.constant(null),
        fc.array(tie("value"), { maxLength: 3 }),
        tie("tree"),
      ),
    }));
    fc.assert(
      fc.property(fc.constantFrom(...kinds), tree, (type, fields) => {
        expect(isSettled(JSON.stringify({ ...(fields as object), type }))).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it("reads append frames alike on the fast way and the slow one", () => {
    const audio = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("base64")),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(audio, fc.option(fc.string({ maxLength: 8 })), (base64, eventId) => {
        const fields = { audio: base64, ...(eventId === null ? {} : { event_id: eventId }) };
        const plain = JSON.stringify({ type: "input_audio_buffer.append", ...fields });
        // A fourth key is one too many for the fast way.
        const slow = JSON.stringify({ type: "input_audio_buffer.append", ...fields, x: 1, y: 2 });
        expect(parseClientEvent(plain)).toEqual(parseClientEvent(slow));
      }),
      { numRuns: 2_000 },
    );
  });
});
