import { expect, it } from "vitest";
import { checkServerEvent } from "../../../test/support/event-types.ts";
import { asSent, sampleConversation, userTurn } from "../../../test/support/sample-events.ts";
import { dialects } from "../dialect.ts";
import { realtimeError } from "../realtime-error.ts";
import { defaultSessionConfig } from "../session-config.ts";
import { sessionObject } from "../session-object.ts";

const beta = asSent(sampleConversation, "beta");

it("gives every event its beta type", { timeout: 60_000 }, () => {
  const checks = beta
    // the idle timeout came with GA; it is told only to a client that has set one
    .filter(({ type }) => type !== "input_audio_buffer.timeout_triggered")
    .map((event) => ({ type: event.type, ...checkServerEvent(event, "beta") }));
  expect(checks.filter(({ errors }) => errors.length > 0)).toEqual([]);
  expect([...new Set(checks.flatMap(({ extraKeys }) => extraKeys))].toSorted()).toEqual([
    // the hosted service sends these too
    "session.expires_at",
    "session.object",
  ]);
});

it("[DIA-1] has no event or part by its GA name", () => {
  const text = JSON.stringify(beta);
  for (const name of [
    "item.added",
    'item.done"',
    "output_text",
    'output_audio"',
    "output_audio.",
    "output_modalities",
  ])
    expect(text.replaceAll(/output_item\.(added|done)/g, "")).not.toContain(name);
});

it("tells of each item once, and names the conversation after the session", () => {
  expect(beta.slice(0, 2)).toMatchObject([
    { type: "session.created" },
    { type: "conversation.created", conversation: { id: "conv_1", object: "realtime.conversation" } },
  ]);
  const items = beta.filter(({ type }) => type === "conversation.item.created").map(({ item }) => item);
  expect(items).toMatchObject([
    { id: "item_user", status: "completed" },
    { id: "item_answer", status: "in_progress" },
    { id: "item_call", status: "in_progress" },
  ]);
  expect(new Set(beta.map(({ event_id }) => event_id)).size).toBe(beta.length);
});

it("writes audio as the GA dialect does, under its own name", () => {
  const [delta] = beta.filter(({ type }) => type === "response.audio.delta");
  const [ga] = asSent(sampleConversation).filter(({ type }) => type === "response.output_audio.delta");
  expect({ ...delta, event_id: "" }).toEqual({ ...ga, event_id: "", type: "response.audio.delta" });
});

it("passes events on as they are where nothing differs", () => {
  const [, , started] = userTurn;
  const events = started === undefined ? [] : [started];
  expect(dialects.beta.outgoing(events)).toBe(events);
});

it("tells of a transcription session under its own name", () => {
  const session = sessionObject(defaultSessionConfig("parley", "transcription"), "sess_1", 5);
  const events = asSent(
    [
      { type: "session.created", session },
      { type: "session.updated", session },
    ],
    "beta",
  );
  expect(events.map(({ type }) => type)).toEqual([
    "transcription_session.created",
    "transcription_session.updated",
  ]);
  for (const event of events) expect(checkServerEvent(event, "beta").errors).toEqual([]);
});

it.each([
  [realtimeError.voiceFixed("mine"), "session.voice", "Cannot update the voice"],
  [realtimeError.sessionTypeFixed("realtime", "mine"), "type", "Invalid value for 'type':"],
  [
    realtimeError.invalidValue("item.content[0].type", "must be of type 'output_text'.", "mine"),
    "item.content[0].type",
    "must be of type 'text'.",
  ],
  [realtimeError.cancelNotActive("mine"), null, "Cancellation failed: no active response found"],
])("says errors in the client's words: %j", (error, param, message) => {
  const [event] = asSent([{ type: "error", error }], "beta");
  expect(event?.["error"]).toMatchObject({
    ...error,
    param,
    message: expect.stringContaining(message) as string,
  });
});
