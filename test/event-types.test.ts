import { describe, expect, it } from "vitest";
import { checkServerEvent } from "./support/event-types.ts";
import { asSent, sampleConversation } from "./support/sample-events.ts";

describe("checkServerEvent", () => {
  it("accepts every event that the server has", { timeout: 60_000 }, () => {
    const faults = asSent(sampleConversation)
      .map((event) => ({ type: event.type, ...checkServerEvent(event) }))
      .filter(({ errors }) => errors.length > 0);
    expect(faults).toEqual([]);
  });

  it("lists the keys that the package's types do not have", { timeout: 60_000 }, () => {
    const extra = new Set(asSent(sampleConversation).flatMap((event) => checkServerEvent(event).extraKeys));
    // What the hosted service sends, too, though its published types leave it out.
    expect([...extra].toSorted()).toEqual(["session.expires_at", "session.id", "session.object"]);
  });

  const deleted = { type: "conversation.item.deleted", event_id: "e", item_id: "i" };
  const failed = {
    type: "response.done",
    event_id: "e",
    response: { status: "failed", status_details: { type: "failed", error: { code: "x" } } },
  };
  it.each([
    ["a missing key", { ...deleted, item_id: undefined }, "item_id: missing"],
    ["null in a required key", { ...deleted, item_id: null }, "item_id: expected string, got null"],
    ["a wrong primitive", { ...deleted, event_id: 7 }, "event_id: expected string, got number"],
    [
      "a wrong literal",
      { ...failed, response: { ...failed.response, object: "response" } },
      'response.object: expected "realtime.response"',
    ],
    [
      "a wrong literal in a union",
      { ...failed, response: { status: "stopped" } },
      'response.status: expected "completed"',
    ],
    [
      "a wrong element",
      { ...failed, response: { output_modalities: ["smell"] } },
      'response.output_modalities[0]: expected "text"',
    ],
    [
      "a wrong value of a map",
      { ...failed, response: { metadata: { a: 1 } } },
      "response.metadata.a: expected string, got number",
    ],
    ["no array", { ...failed, response: { output: {} } }, "response.output: expected an array, got object"],
    ["an unknown event", { type: "response.nothing" }, "no server event is called response.nothing"],
    ["no object", [], "an event is an object with a string type"],
  ])("refuses %s", { timeout: 60_000 }, (_, event, message) => {
    // As it comes off the wire: undefined keys are absent.
    expect(checkServerEvent(JSON.parse(JSON.stringify(event))).errors).toContain(message);
  });

  it("takes null for an absent optional key", { timeout: 60_000 }, () => {
    expect(checkServerEvent({ ...failed, response: { usage: null, status_details: null } })).toEqual({
      errors: [],
      extraKeys: [],
    });
  });
});
