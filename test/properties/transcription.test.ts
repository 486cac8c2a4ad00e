import fc from "fast-check";
import { expect, it } from "vitest";
import { handleSession } from "../../src/actors/session/machine.ts";
import type { SessionEffect, SessionMessage } from "../../src/actors/session/messages.ts";
import { newSession } from "../../src/actors/session/state.ts";
import { defaultTenant } from "../../src/lib/ids.ts";
import type { ItemId, SessionId } from "../../src/lib/ids.ts";
import { dialects } from "../../src/protocol/dialect.ts";
import { defaultSessionConfig } from "../../src/protocol/session-config.ts";
import type { SessionKind } from "../../src/protocol/session-config.ts";

const flag = fc.constantFrom(true, false);
const detection = fc.oneof(
  fc.constant(null),
  fc.record({
    type: fc.constant("server_vad"),
    create_response: flag,
    interrupt_response: flag,
    idle_timeout_ms: fc.constantFrom(null, 5_000),
  }),
  fc.record({ type: fc.constant("semantic_vad"), create_response: flag, interrupt_response: flag }),
);

const says = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> => fc.record(fields);
const type = (name: string): fc.Arbitrary<string> => fc.constant(name);

/** All that could make a session of the other kind answer. */
const clientEvent: fc.Arbitrary<object> = fc.oneof(
  says({
    type: type("session.update"),
    session: fc.record(
      {
        type: fc.constantFrom("realtime", "transcription"),
        audio: fc.record({ input: fc.record({ turn_detection: detection }) }),
        output_modalities: fc.constant(["text"]),
      },
      { requiredKeys: [] },
    ),
  }),
  says({
    type: type("response.create"),
    response: fc.record({ conversation: fc.constantFrom("auto", "none") }, { requiredKeys: [] }),
  }),
  says({ type: type("response.cancel") }),
  says({ type: type("input_audio_buffer.append"), audio: fc.constant("AAAA".repeat(8_000)) }),
  says({ type: type("input_audio_buffer.commit") }),
  says({ type: type("input_audio_buffer.clear") }),
  says({
    type: type("conversation.item.create"),
    item: fc.constant({
      type: "message",
      role: "user",
      content: [{ type: "input_text", text: "Answer me." }],
    }),
  }),
);

const item = fc.nat({ max: 3 }).map((n) => `item_${n}` as ItemId);
const message: fc.Arbitrary<SessionMessage> = fc.oneof(
  {
    weight: 3,
    arbitrary: clientEvent.map((event): SessionMessage => {
      const parsed = dialects.ga.parse(JSON.stringify(event));
      return parsed.ok ? { type: "client", event: parsed.event } : { type: "rejected", error: parsed.error };
    }),
  },
  item.map((id): SessionMessage => ({ type: "speech.started", item: id, startMs: 0, cuts: Infinity })),
  item.map((id): SessionMessage => ({ type: "speech.stopped", item: id, endMs: 100 })),
  item.map((id): SessionMessage => ({ type: "transcript", item: id, text: "words", seconds: 1 })),
  item.map((id): SessionMessage => ({ type: "transcript.failed", item: id, code: "ERR_PROVIDER" })),
  fc.constant<SessionMessage>({ type: "woke", key: "idle" }),
);

/** The effects of a whole history. */
function play(kind: SessionKind, messages: readonly SessionMessage[]): readonly SessionEffect[] {
  let state = newSession({
    id: "sess_1" as SessionId,
    tenant: defaultTenant,
    expiresAt: 0,
    config: defaultSessionConfig("parley", kind),
    idPrefix: "x",
  });
  const effects: SessionEffect[] = [];
  for (const next of messages) {
    const outcome = handleSession(state, next);
    ({ state } = outcome);
    effects.push(...outcome.effects);
  }
  return effects;
}

const history = fc.array(message, { maxLength: 40 });
const answers = (effects: readonly SessionEffect[]): boolean =>
  effects.some(({ type: effect }) => effect === "respond" || effect === "begin" || effect === "wake");

it("[TRS-1] nothing in any history makes a transcription session answer, or wait to", () => {
  fc.assert(
    fc.property(history, (messages) => {
      expect(answers(play("transcription", messages))).toBe(false);
    }),
    { numRuns: 2_000 },
  );
  // the same histories do make the other kind answer
  expect(
    fc.sample(history, { numRuns: 50, seed: 1 }).some((messages) => answers(play("realtime", messages))),
  ).toBe(true);
});

it("[TRS-2] every session that is shown is of the kind that was opened", () => {
  fc.assert(
    fc.property(history, fc.constantFrom<SessionKind>("realtime", "transcription"), (messages, kind) => {
      const kinds = play(kind, [{ type: "opened" }, ...messages])
        .flatMap((effect) => (effect.type === "emit" ? effect.events : []))
        .flatMap((event) => ("session" in event ? [event.session.type] : []));
      expect(new Set(kinds)).toEqual(new Set([kind]));
    }),
    { numRuns: 500 },
  );
});
