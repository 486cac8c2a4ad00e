import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ItemId, ResponseId } from "../lib/ids.ts";
import { effectiveResponseConfig, noOverrides } from "./response-config.ts";
import { beginningResponse, emptyUsage, encodeServerEvent, textUsage } from "./server-events.ts";
import { defaultSessionConfig } from "./session-config.ts";

const parsed = (frame: string): unknown => JSON.parse(frame);

describe("encodeServerEvent", () => {
  it("puts the event's id into the event", () => {
    const frame = encodeServerEvent({ type: "input_audio_buffer.cleared" }, "event_1");
    expect(parsed(frame)).toEqual({ type: "input_audio_buffer.cleared", event_id: "event_1" });
  });

  it("keeps previous_item_id when it is null", () => {
    const frame = encodeServerEvent(
      { type: "input_audio_buffer.committed", item_id: "i" as ItemId, previous_item_id: null },
      "event_1",
    );
    expect(parsed(frame)).toHaveProperty("previous_item_id", null);
  });

  it("writes audio deltas as JSON would, whatever the ids hold", () => {
    const any = fc.string({ unit: "binary", maxLength: 20 });
    fc.assert(
      fc.property(any, any, any, fc.nat(), fc.nat(), fc.uint8Array(), (id, response, item, i, j, delta) => {
        const fields = {
          type: "response.output_audio.delta" as const,
          response_id: response as ResponseId,
          item_id: item as ItemId,
          output_index: i,
          content_index: j,
        };
        expect(parsed(encodeServerEvent({ ...fields, delta }, id))).toEqual(
          parsed(JSON.stringify({ ...fields, event_id: id, delta: Buffer.from(delta).toString("base64") })),
        );
      }),
    );
  });

  it("adds audio to the parts of a retrieved item, and to them alone", () => {
    const item = {
      id: "i" as ItemId,
      object: "realtime.item",
      type: "message",
      role: "user",
      status: "completed",
      content: [
        { type: "input_text", text: "a" },
        { type: "input_audio", transcript: null },
        { type: "input_audio", transcript: "b" },
      ],
    } as const;
    const audio = new Map([
      [0, new Uint8Array([9])],
      [1, new Uint8Array([1, 2])],
    ]);
    const frame = encodeServerEvent({ type: "conversation.item.retrieved", item, audio }, "event_1");
    expect(parsed(frame)).toEqual({
      type: "conversation.item.retrieved",
      event_id: "event_1",
      item: {
        ...item,
        content: [
          { type: "input_text", text: "a" },
          { type: "input_audio", transcript: null, audio: "AQI=" },
          { type: "input_audio", transcript: "b" },
        ],
      },
    });
  });
});

describe("response objects", () => {
  it("begin empty, with what was asked for", () => {
    const config = effectiveResponseConfig(defaultSessionConfig("parley"), {
      ...noOverrides,
      metadata: { client_event_id: "e" },
    });
    expect(beginningResponse("resp_1" as ResponseId, config, null)).toEqual({
      object: "realtime.response",
      id: "resp_1",
      status: "in_progress",
      status_details: null,
      output: [],
      conversation_id: null,
      output_modalities: ["audio"],
      max_output_tokens: "inf",
      audio: { output: { format: { type: "audio/pcm", rate: 24_000 }, voice: "alloy" } },
      usage: null,
      metadata: { client_event_id: "e" },
    });
  });

  it("count tokens that add up", () => {
    expect(textUsage(10, 4, 5)).toMatchObject({
      total_tokens: 15,
      input_tokens: 10,
      output_tokens: 5,
      input_token_details: { cached_tokens: 4 },
    });
    expect(emptyUsage.total_tokens).toBe(0);
  });
});
