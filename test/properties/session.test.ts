import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { samplesFromBytes } from "../../src/audio/pcm.ts";
import { readSample, segmentSamples } from "../support/session-workers.ts";
import type { Received } from "../support/log-before-event.ts";
import { SessionWorld } from "../support/session-world.ts";
import type { WorldOptions } from "../support/session-world.ts";

type Action =
  | { readonly do: "speak"; readonly ms: number; readonly loud: boolean }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "respond"; readonly text: boolean; readonly outOfBand: boolean }
  | { readonly do: "commit" | "cancel" | "write" }
  | { readonly do: "delete" | "truncate"; readonly which: number; readonly ms: number };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 1_500 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("speak" as const),
      ms: fc.integer({ min: 100, max: 900 }),
      loud: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("respond" as const),
      text: fc.boolean(),
      outOfBand: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("commit", "cancel", "write") }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom("delete", "truncate"),
      which: fc.nat(9),
      ms: fc.nat(20),
    }),
  },
);

const script = fc.record({
  text: fc
    .array(
      fc.constantFrom(
        "One word.",
        "So, well now, this goes on.",
        "Do you hear me?",
        "And then it ends here.",
      ),
      {
        maxLength: 7,
      },
    )
    .map((sentences) => sentences.join(" ")),
  calls: fc.array(fc.constantFrom("{}", "", '{"a":1,"b":[2,3]}', "no json"), { maxLength: 2 }),
});

const seldom = fc.constantFrom(0, 0, 0.1, 0.3);
const world: fc.Arbitrary<WorldOptions> = fc.record({
  seed: fc.integer(),
  scripts: fc.array(script, { minLength: 1, maxLength: 4 }),
  workers: fc.record({
    die: seldom,
    duplicate: seldom,
    swap: seldom,
    lose: fc.constantFrom(0, 0, 0.05),
    fail: fc.constantFrom(0, 0, 0, 0.15),
  }),
  log: fc.record({
    ackMsMax: fc.constantFrom(0, 20, 400),
    failed: fc.constantFrom(0, 0, 0.2),
    lost: fc.constantFrom(0, 0, 0.2),
  }),
  slow: fc.constantFrom(0, 0, 0.05, 0.5),
});

const history = fc.record({
  world,
  pushToTalk: fc.boolean(),
  actions: fc.array(action, { minLength: 1, maxLength: 14 }),
});

function perform(session: SessionWorld, step: Exclude<Action, { do: "wait" }>): void {
  const items = session.of("conversation.item.added").map(({ item }) => (item as { id: string }).id);
  switch (step.do) {
    case "speak":
      return session.speak(step.ms, step.loud);
    case "commit":
      return void session.send({ type: "input_audio_buffer.commit" });
    case "cancel":
      // the answers to two vain questions tell when the cancel was handled
      session.send({
        type: "conversation.item.retrieve",
        item_id: "before",
        event_id: `before_${session.clock.now()}`,
      });
      session.send({ type: "response.cancel" });
      session.send({
        type: "conversation.item.retrieve",
        item_id: "after",
        event_id: `after_${session.clock.now()}`,
      });
      return;
    case "write":
      return void session.send({
        type: "conversation.item.create",
        item: { type: "message", role: "user", content: [{ type: "input_text", text: "hello" }] },
      });
    case "respond":
      return void session.send({
        type: "response.create",
        response: {
          output_modalities: [step.text ? "text" : "audio"],
          ...(step.outOfBand && { conversation: "none", input: [] }),
        },
      });
    case "delete":
      return void session.send({ type: "conversation.item.delete", item_id: items[step.which] ?? "none" });
    case "truncate":
      session.send({
        type: "conversation.item.truncate",
        item_id: items[step.which] ?? "none",
        content_index: 0,
        audio_end_ms: step.ms,
      });
  }
}

const idOf = (event: Received): string => String((event["response"] as { id: string }).id);
const committed = (session: SessionWorld): number => session.of("input_audio_buffer.committed").length;
const transcribed = (session: SessionWorld): Received[] =>
  session.events.filter(({ type }) => /transcription\.(completed|failed)$/.test(type));

const quiet = (session: SessionWorld): boolean =>
  session.of("response.created").length === session.of("response.done").length &&
  transcribed(session).length >= committed(session);

/** Plays a history to its end and closes the world, also when something is wrong. */
async function play(
  given: { world: WorldOptions; pushToTalk: boolean; actions: readonly Action[] },
  check: (session: SessionWorld) => void,
): Promise<void> {
  const session = new SessionWorld(given.world);
  try {
    session.send({
      type: "session.update",
      session: {
        type: "realtime",
        audio: {
          input: {
            transcription: { model: "any" },
            ...(given.pushToTalk && { turn_detection: null }),
          },
        },
      },
    });
    for (const step of given.actions) {
      if (step.do === "wait") await session.run(step.ms);
      else perform(session, step);
    }
    // whoever is still speaking falls silent; what was refused for being busy is over
    await session.run(3_000);
    await session.runUntil(() => quiet(session), 120_000);
    await session.run(500);
    await session.runUntil(() => quiet(session), 120_000);
    session.finish();
    session.assertSound();
    check(session);
  } finally {
    await session.end();
  }
}

/** Samples of one response as the client got them. */
const audioOf = (session: SessionWorld, response: string) =>
  session
    .of("response.output_audio.delta")
    .filter((event) => event["response_id"] === response)
    .flatMap((event) => [...samplesFromBytes(Buffer.from(String(event["delta"]), "base64"))])
    .map(readSample);

/** [AUD-1] Each sample once and in order; all of it when the answer is complete and no voice failed. */
function assertAudio(session: SessionWorld): void {
  for (const done of session.of("response.done")) {
    const response = idOf(done);
    const { status, output_modalities: modalities } = done["response"] as Record<string, unknown>;
    if (String(modalities) !== "audio") continue;
    const segments = session.log.entries.flatMap((entry) =>
      entry.type === "segment" && entry.response === response ? [entry] : [],
    );
    const heard = audioOf(session, response);
    const number = (session.workers.numbers.get(response as never) ?? 0) % 8;
    let at = 0;
    for (const { segment, text } of segments) {
      const failed = session.workers.failed.has(`${response} ${segment}`);
      let index = 0;
      for (; index < segmentSamples(text) && at < heard.length; index += 1, at += 1) {
        const expected = { response: number, segment: segment % 16, index };
        if (failed && heard[at]?.segment !== expected.segment) break;
        assert.deepEqual(heard[at], expected, "a gap, a repeat or a change of order");
      }
      const anyFailed = [...session.workers.failed].some((one) => one.startsWith(response));
      if (status === "completed" && !anyFailed)
        assert.equal(index, segmentSamples(text), "a completed answer lacks audio");
    }
    assert.equal(at, heard.length, "more audio than there is");
  }
}

/** [CAN-1] No audio after a barge-in or a cancel was handled, nothing at all after the terminal. */
function assertCancelled(session: SessionWorld): void {
  const inBand = new Set<string>();
  const ended = new Set<string>();
  const silent = new Set<string>();
  let before: string[] = [];
  for (const event of session.events) {
    const id = String(event["response_id"]);
    assert(!ended.has(id), `${event.type} after the terminal`);
    if (event.type === "response.output_audio.delta") assert(!silent.has(id), "audio after the cancel");
    if (event.type === "response.created") {
      const { conversation_id: conversation } = event["response"] as Record<string, unknown>;
      if (conversation !== null) inBand.add(idOf(event));
    }
    if (event.type === "response.done") ended.add(idOf(event));
    if (event.type === "input_audio_buffer.speech_started") for (const one of inBand) silent.add(one);
    const asked = String((event["error"] as Record<string, unknown> | undefined)?.["event_id"]);
    if (asked.startsWith("before_")) before = [...inBand];
    if (asked.startsWith("after_")) for (const one of before) silent.add(one);
  }
}

/** [RSP-1] Every response ends once; the order of its events is checked as they arrive. */
function assertEnded(session: SessionWorld): void {
  const created = session.of("response.created").map(idOf);
  assert.deepEqual(session.of("response.done").map(idOf).toSorted(), created.toSorted());
}

/** [UTT-1] Every committed utterance has one outcome. */
function assertTranscribed(session: SessionWorld): void {
  const items = session.of("input_audio_buffer.committed").map((event) => String(event["item_id"]));
  const outcomes = transcribed(session).map((event) => String(event["item_id"]));
  assert.deepEqual(outcomes.toSorted(), items.toSorted());
}

const rules: readonly (readonly [string, (session: SessionWorld) => void])[] = [
  ["[AUD-1] sends each sample once and in order", assertAudio],
  ["[CAN-1] [INT-1] sends no audio after a cancel or speech, and nothing after a terminal", assertCancelled],
  ["[RSP-1] ends each response once with all that it opened closed", assertEnded],
  ["[UTT-1] gives each utterance one transcript or one failure", assertTranscribed],
  ["[LOG-1] says nothing before it is logged", () => {}], // `LoggedFirst` looks at each event as it is sent
];

describe("a session among failing workers, a failing log and a slow client", () => {
  it.each(rules)("%s", async (_name, check) => {
    await fc.assert(
      fc.asyncProperty(history, (given) =>
        play(given, (session) => {
          expect(session.closed).toBeUndefined();
          check(session);
        }),
      ),
      { numRuns: 60, interruptAfterTimeLimit: 6_000 },
    );
  });
});
