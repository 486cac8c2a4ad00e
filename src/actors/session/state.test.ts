import { describe, expect, it } from "vitest";
import { defaultTenant } from "../../lib/ids.ts";
import type { SessionId } from "../../lib/ids.ts";
import type { Item } from "../../protocol/items.ts";
import { defaultSessionConfig } from "../../protocol/session-config.ts";
import { newSpoken } from "./spoken.ts";
import { isSpokenItem, newSession } from "./state.ts";

describe("isSpokenItem", () => {
  const session = newSession({
    id: "sess_1" as SessionId,
    tenant: defaultTenant,
    expiresAt: 0,
    config: defaultSessionConfig("parley"),
    idPrefix: "1",
  });
  const base = {
    id: "item_1" as Item["id"],
    object: "realtime.item",
    type: "message",
    status: "completed",
  } as const;
  it.each<readonly [string, Item, boolean]>([
    ["speech", { ...base, role: "assistant", content: [{ type: "output_audio", transcript: "yes" }] }, true],
    ["text", { ...base, role: "assistant", content: [{ type: "output_text", text: "yes" }] }, false],
    [
      "the user's speech",
      { ...base, role: "user", content: [{ type: "input_audio", transcript: "yes" }] },
      false,
    ],
  ])("%s", (_name, item, expected) => {
    expect(isSpokenItem(session, item)).toBe(expected);
  });

  it("goes by what is being spoken while the item has no parts yet", () => {
    const item: Item = { ...base, role: "assistant", status: "in_progress", content: [] };
    expect(isSpokenItem(session, item)).toBe(false);
    const speaking = { item: item.id, spoken: newSpoken(1) };
    expect(isSpokenItem({ ...session, speaking }, item)).toBe(true);
  });
});
