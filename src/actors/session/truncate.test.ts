import { describe, expect, it } from "vitest";
import { defaultTenant } from "../../lib/ids.ts";
import type { ItemId, SessionId } from "../../lib/ids.ts";
import type { Item } from "../../protocol/items.ts";
import { defaultSessionConfig } from "../../protocol/session-config.ts";
import { handleSession } from "./machine.ts";
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
  const segments = [
    { text: "One two. ", samples: ms(200) },
    { text: "Three.", samples: ms(100) },
  ];
  return { ...fresh, conversation: [message], spoken: new Map([[item, { segments, sent: ms(300) }]]) };
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
    [200, "One two. "],
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
    expect(state.cutShort.get(item)).toBe("One");
  });
});
