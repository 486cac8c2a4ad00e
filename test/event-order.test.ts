import { AssertionError } from "node:assert/strict";
import { describe, expect, it } from "vitest";
import { EventOrderChecker } from "./support/event-order.ts";
import { answerTurn, asSent, sampleConversation, userTurn } from "./support/sample-events.ts";
import type { SentEvent } from "./support/sample-events.ts";

/** What is wrong with the events; undefined: nothing. */
function faultOf(events: readonly SentEvent[]): string | undefined {
  const checker = new EventOrderChecker();
  try {
    for (const event of events) checker.accept(event);
    checker.finish();
  } catch (error) {
    if (error instanceof AssertionError) return error.message;
    throw error;
  }
  return undefined;
}

const turn = (): SentEvent[] => asSent([...userTurn, ...answerTurn]);
const indexOf = (events: readonly SentEvent[], type: string): number =>
  events.findIndex((event) => event.type === type);

/** The turn with the first event of a type changed by `edit`; undefined takes it out. */
function edited(type: string, edit: (event: SentEvent) => object | undefined): SentEvent[] {
  const events = turn();
  const at = indexOf(events, type);
  const event = events[at];
  if (event === undefined) throw new Error(`no ${type}`);
  const changed = edit(event);
  return events.toSpliced(at, 1, ...(changed === undefined ? [] : [changed as SentEvent]));
}

describe("EventOrderChecker", () => {
  it("accepts a conversation in order", () => {
    expect(faultOf(asSent(sampleConversation))).toBeUndefined();
  });

  const opening = [
    "response.created",
    "response.output_item.added",
    "response.content_part.added",
    "input_audio_buffer.speech_started",
    "input_audio_buffer.committed",
  ];
  const closing = [
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
    "response.function_call_arguments.done",
  ];
  const spoken = ["response.output_audio_transcript.delta", "response.function_call_arguments.delta"];
  it.each([...opening.filter((type) => !type.endsWith("committed")), ...closing, ...spoken])(
    "notices a missing %s",
    (type) => {
      expect(faultOf(edited(type, () => undefined))).toBeTypeOf("string");
    },
  );

  it.each(turn().map((event, index) => [event.type, index] as const))(
    "notices %s (event %i) twice",
    (type, index) => {
      const events = turn();
      const copy = { ...events[index], event_id: "again" } as SentEvent;
      const twice = events.toSpliced(index, 0, copy);
      const repeatable = ["session.", "rate_limits", "response.output_audio.delta"];
      const free = type.endsWith("transcription.delta") || type.endsWith("speech_stopped");
      const allowed = free || repeatable.some((start) => type.startsWith(start));
      expect(faultOf(twice) === undefined).toBe(allowed);
    },
  );

  it.each([
    ["an id used twice", edited("response.done", (event) => ({ ...event, event_id: "event_0" }))],
    ["a gap in output_index", edited("response.output_item.added", (e) => ({ ...e, output_index: 1 }))],
    ["a gap in content_index", edited("response.content_part.added", (e) => ({ ...e, content_index: 1 }))],
    ["another item_id", edited("response.output_audio.delta", (e) => ({ ...e, item_id: "other" }))],
    ["another response_id", edited("response.output_audio.delta", (e) => ({ ...e, response_id: "other" }))],
    [
      "a transcript that was not streamed",
      edited("response.output_audio_transcript.done", (e) => ({ ...e, transcript: "Ho" })),
    ],
    ["half a sample", edited("response.output_audio.delta", (e) => ({ ...e, delta: "AQID" }))],
    ["unpadded base64", edited("response.output_audio.delta", (e) => ({ ...e, delta: "AQI" }))],
    [
      "a missing previous_item_id",
      edited("conversation.item.added", (e) => ({ ...e, previous_item_id: undefined })),
    ],
    [
      "an unknown previous item",
      edited("conversation.item.added", (e) => ({ ...e, previous_item_id: "nobody" })),
    ],
    [
      "speech that becomes another item",
      edited("input_audio_buffer.committed", (e) => ({ ...e, item_id: "other" })),
    ],
    [
      "a response done in progress",
      edited("response.done", (e) => ({
        ...e,
        response: { ...(e["response"] as object), status: "in_progress" },
      })),
    ],
    [
      "output that is not the items",
      edited("response.done", (e) => ({ ...e, response: { ...(e["response"] as object), output: [] } })),
    ],
    [
      "metadata that changes",
      edited("response.done", (e) => ({ ...e, response: { ...(e["response"] as object), metadata: null } })),
    ],
    [
      "a cancelled response without its reason",
      edited("response.done", (e) => ({
        ...e,
        response: { ...(e["response"] as object), status: "cancelled" },
      })),
    ],
  ])("notices %s", (_, events) => {
    expect(faultOf(events)).toBeTypeOf("string");
  });

  it("notices a second response of the conversation, and lets one out of band run beside it", () => {
    const events = turn();
    const created = events[indexOf(events, "response.created")] as SentEvent;
    const second = (conversation: string | null): SentEvent => ({
      ...created,
      event_id: "second",
      response: { ...(created["response"] as object), id: "resp_2", conversation_id: conversation },
    });
    const checker = new EventOrderChecker();
    checker.accept(created);
    expect(() => checker.accept(second("conv_1"))).toThrow("two responses of the conversation at once");
    checker.accept({ ...second(null), event_id: "third" });
  });

  it("notices anything of a response after its end", () => {
    const events = turn();
    const delta = events[indexOf(events, "response.output_audio.delta")];
    expect(faultOf([...events, { ...delta, event_id: "late" } as SentEvent])).toBe(
      `event ${events.length + 1} (response.output_audio.delta): something of a response after its response.done`,
    );
  });
});
