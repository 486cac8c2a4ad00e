import { describe, expect, it } from "vitest";
import { realtimeError } from "./realtime-error.ts";

describe("realtimeError", () => {
  it.each([
    [
      realtimeError.activeResponse("resp_X", null),
      "conversation_already_has_active_response",
      /^Conversation already has an active response in progress: resp_X\. /,
    ],
    [realtimeError.cancelNotActive(null), "response_cancel_not_active", /^Cancellation failed/],
    [
      realtimeError.commitEmpty(12.5, null),
      "input_audio_buffer_commit_empty",
      /buffer too small.*100ms.*12\.50ms/,
    ],
    [
      realtimeError.cannotRetrieve("i", null),
      "item_retrieve_invalid_item_id",
      /the item with id 'i' does not exist\.$/,
    ],
    [
      realtimeError.cannotDelete("i", null),
      "item_delete_invalid_item_id",
      /the item with id 'i' does not exist\.$/,
    ],
    [
      realtimeError.cannotTruncate("i", null),
      "item_truncate_invalid_item_id",
      /the item with id 'i' does not exist\.$/,
    ],
    [
      realtimeError.truncateBeyondAudio(100, 150, null),
      "invalid_value",
      /^Audio content of 100ms is already shorter than 150ms$/,
    ],
  ])("has the shape that clients match: %j", (error, code, message) => {
    expect(error).toMatchObject({ type: "invalid_request_error", code, event_id: null });
    expect(error.message).toMatch(message);
  });

  it("clips ids that clients made up", () => {
    const { message, event_id: eventId } = realtimeError.cannotDelete("x".repeat(10_000), "mine");
    expect(message.length).toBeLessThan(300);
    expect(eventId).toBe("mine");
  });
});
