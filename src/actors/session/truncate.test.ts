import { describe, expect, it } from "vitest";
import { defaultTenant } from "../../lib/ids.ts";
import type { ItemId, SessionId } from "../../lib/ids.ts";
import type { Item } from "../../protocol/items.ts";
import { defaultSessionConfig } from "../../protocol/session-config.ts";
import { handleSession } from "./machine.ts";
import { heardOfCut } from "./speaking.ts";
import { newSpoken } from "./spoken.ts";
import { newSession } from "./state.ts";
import type { SessionState } from "./state.ts";

const item = "item_1" as ItemId;
const ms = (n: number): number => n * 24;

function session(
  status: "in_progress" | "completed",
  part: "output_audio" | "output_text" = "output_audio",
): SessionState {
  const content =
    part === "output_audio"
      ? ([{ type: part, transcript: "One two. Three." }] as const)
      : ([{ type: part, text: "One two. Three." }] as const);
  const message: Item = {
    id: item,
    object: "realtime.item",
    type: "message",
    role: "assistant",
    status,
    content,
  };
  const fresh = newSession({
    id: "sess_1" as SessionId,
    tenant: defaultTenant,
    expiresAt: 0,
    config: defaultSessionConfig("parley"),
    idPrefix: "1",
  });
  const segment = (offset: number, text: string, length: number) => ({
    segment: offset,
    offset,
    text,
    marks: undefined,
    length,
    broken: false,
  });
  const segments = [segment(0, "One two. ", ms(200)), segment(9, "Three.", ms(100))];
  const spoken = { ...newSpoken(1), segments, sent: ms(300) };
  const conversation = [message];
  return status === "in_progress" && part === "output_audio"
    ? { ...fresh, conversation, speaking: { item, spoken } }
    : { ...fresh, conversation, spoken: new Map([[item, spoken]]) };
}

const truncate = (
  state: SessionState,
  audioEndMs: number,
  more: { itemId?: ItemId; contentIndex?: number } = {},
) =>
  handleSession(state, {
    type: "client",
    event: {
      type: "conversation.item.truncate",
      eventId: "event_1",
      itemId: item,
      contentIndex: 0,
      audioEndMs,
      ...more,
    },
  });

describe("conversation.item.truncate", () => {
  it.each([
    [0, ""],
    [100, "One"],
    [200, "One two."],
    [300, "One two. Three."],
  ])("keeps what was heard in %i ms", (audioEndMs, heard) => {
    const { state, effects } = truncate(session("completed"), audioEndMs);
    expect(state.conversation).toMatchObject([{ content: [{ type: "output_audio", transcript: heard }] }]);
    expect(effects).toMatchObject([
      {
        log: [{ type: "item.truncated", item, audioEndMs, heard }],
        events: [{ type: "conversation.item.truncated", item_id: item, audio_end_ms: audioEndMs }],
      },
    ]);
  });

  it.each([
    ["beyond what was sent", session("completed"), 301, {}],
    ["text", session("completed", "output_text"), 10, {}],
    ["text that is being shown", session("in_progress", "output_text"), 0, {}],
    ["another part", session("completed"), 10, { contentIndex: 1 }],
    ["an item that is not there", session("completed"), 10, { itemId: "nobody" as ItemId }],
  ])("refuses %s and changes nothing", (_name, before, audioEndMs, more) => {
    const { state, effects } = truncate(before, audioEndMs, more);
    expect(state).toBe(before);
    expect(effects).toMatchObject([
      { log: [], events: [{ type: "error", error: { event_id: "event_1", type: "invalid_request_error" } }] },
    ]);
  });

  it("remembers what was heard of an item that is still being shown", () => {
    const { state } = truncate(session("in_progress"), 100);
    expect(heardOfCut(state, item)).toBe("One");
    expect(heardOfCut(session("in_progress"), item)).toBeUndefined();
  });

  it("cuts shorter what was cut before, and refuses to make it longer", () => {
    const once = truncate(session("completed"), 250).state;
    expect(truncate(once, 251).state).toBe(once);
    const twice = truncate(once, 100);
    expect(twice.effects).toMatchObject([{ log: [{ heard: "One" }] }]);
    expect(truncate(twice.state, 101).effects).toMatchObject([
      { events: [{ error: { message: expect.stringContaining("100ms is already shorter than 101ms") } }] },
    ]);
  });

  it("knows nothing of an item that was deleted", () => {
    const deleted = handleSession(session("completed"), {
      type: "client",
      event: { type: "conversation.item.delete", eventId: null, itemId: item },
    }).state;
    expect(deleted.spoken.size).toBe(0);
    expect(truncate(deleted, 10).effects).toMatchObject([
      { events: [{ error: { code: "item_truncate_invalid_item_id" } }] },
    ]);
  });
});
