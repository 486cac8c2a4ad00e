import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Outbox } from "../../src/actors/session/outbox.ts";
import { ParleyError } from "../../src/lib/errors.ts";
import { defaultTenant } from "../../src/lib/ids.ts";
import type { NodeId, ResponseId, SessionId } from "../../src/lib/ids.ts";
import { decodeLogRecord } from "../../src/protocol/log-record.ts";
import { FakeClock } from "../contracts/fake-clock.ts";
import { Random } from "../support/random.ts";
import { UnreliableLog } from "../support/session-log.ts";
import type { LogFaults } from "../support/session-log.ts";

const response = "resp_1" as ResponseId;

type Step =
  /** Something to say; with an entry, it must be logged first. */
  | { readonly do: "say"; readonly logged: boolean }
  | { readonly do: "audio" | "drop" | "drained" | "notify" }
  | { readonly do: "wait"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("say" as const), logged: fc.boolean() }),
  fc.record({ do: fc.constantFrom("audio", "drop", "drained", "notify") }),
  fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 600 }) }),
);

const history = fc.record({
  seed: fc.integer(),
  faults: fc.record({
    ackMsMax: fc.constantFrom(0, 10, 300),
    failed: fc.constantFrom(0, 0.3, 0.6),
    lost: fc.constantFrom(0, 0.3, 0.6),
  }),
  slow: fc.constantFrom(0, 0.3),
  steps: fc.array(step, { minLength: 1, maxLength: 40 }),
});

/** An outbox, its log and its client, and everything that it said. */
class Bench {
  readonly clock = new FakeClock();
  readonly log: UnreliableLog;
  readonly outbox: Outbox;
  readonly said: { readonly text: string; readonly id: string }[] = [];
  readonly notified: number[] = [];
  readonly fates: ParleyError[] = [];
  #blocked = false;

  constructor({ seed, faults, slow }: { seed: number; faults: LogFaults; slow: number }) {
    const random = new Random(seed);
    this.log = new UnreliableLog(this.clock, random, faults);
    const { log } = this;
    this.outbox = new Outbox({
      tenant: defaultTenant,
      session: "sess_1" as SessionId,
      node: "node_1" as NodeId,
      model: "parley",
      clock: this.clock,
      log: {
        append: (...args) => log.appendLog(...args),
        last: () => log.lastLog(),
        read: (sequence) => log.readLog(sequence),
        purge: () => log.purgeLog(),
      },
      send: (event, id) => {
        const text = event.type === "response.output_audio.delta" ? "audio" : wordsOf(event);
        assert(!this.#blocked, "a client that does not keep up is sent more");
        if (text !== "audio")
          assert(!text.startsWith("logged") || this.#isLogged(text), `${text} is said too early`);
        this.said.push({ text, id });
        this.#blocked = random.chance(slow);
        return !this.#blocked;
      },
      logged: ({ segment }) => {
        assert(this.#isLogged(`logged ${segment}`), "told of a record that is not there");
        this.notified.push(segment);
      },
      together: (sends) => sends(),
      stalled: () => {},
      lost: (error) => this.fates.push(error),
    });
  }

  drained(): void {
    this.#blocked = false;
    this.outbox.resume();
  }

  push(text: string, logged: boolean, notify?: number): void {
    this.outbox.push({
      log: logged ? [{ type: "closed", reason: text }] : [],
      events: [say(text)],
      ...(notify !== undefined && { notify: { response, segment: notify } }),
    });
  }

  async run(ms: number): Promise<void> {
    for (let left = ms; left >= 0; left -= 10) {
      for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((done) => void setImmediate(done));
      this.clock.advance(10);
    }
  }

  #isLogged(text: string): boolean {
    return this.log.acknowledged.some((entry) => entry.type === "closed" && entry.reason === text);
  }
}

const say = (text: string) =>
  ({
    type: "error",
    error: { type: "server_error", code: "x", message: text, param: null, event_id: null },
  }) as const;
const wordsOf = (event: object): string => (event as ReturnType<typeof say>).error.message;

describe("the outbox on an unreliable log", () => {
  it("[LOG-1] says everything once, in order, and nothing before its record is acknowledged", async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ steps, ...options }) => {
        const bench = new Bench(options);
        const opened = bench.outbox.open();
        let isOpen = false;
        void opened.then(() => (isOpen = true));
        while (!isOpen) await bench.run(50);
        const expected: string[] = [];
        const notified: number[] = [];
        for (const [index, { do: what, ...more }] of steps.entries()) {
          if (what === "wait") await bench.run((more as { ms: number }).ms);
          else if (what === "drained") bench.drained();
          else if (what === "drop") bench.outbox.dropAudio(response);
          else if (what === "audio") {
            bench.outbox.push({ log: [], events: [audio] });
          } else {
            const logged = what === "notify" || (more as { logged: boolean }).logged;
            const text = `${logged ? "logged" : "plain"} ${index}`;
            expected.push(text);
            if (what === "notify") notified.push(index);
            bench.push(text, logged, what === "notify" ? index : undefined);
          }
        }
        for (let left = 600; left > 0 && words(bench).length < expected.length; left -= 1) {
          bench.drained();
          await bench.run(100);
        }
        await bench.run(1_000);
        expect(bench.fates).toEqual([]);
        expect(words(bench)).toEqual(expected);
        expect(bench.notified).toEqual(notified);
        expect(new Set(bench.said.map(({ id }) => id)).size).toBe(bench.said.length);
        assertChain(bench);
      }),
      { numRuns: 300, interruptAfterTimeLimit: 8_000 },
    );
  });

  it("[LOG-1] announces nothing more once another owner has written", async () => {
    const bench = new Bench({ seed: 1, faults: { ackMsMax: 0, failed: 0, lost: 0 }, slow: 0 });
    await bench.outbox.open();
    bench.log.records.push({
      sequence: 1_000,
      tenant: defaultTenant,
      session: "sess_1" as SessionId,
      record: bench.log.records[0]?.record ?? new Uint8Array(),
    });
    bench.push("logged 1", true);
    bench.push("plain 2", false);
    await bench.run(500);
    expect(bench.said).toEqual([]);
    expect(bench.fates.map(({ code }) => code)).toEqual(["ERR_LOG_CONFLICT"]);
  });
});

const audio = {
  type: "response.output_audio.delta",
  response_id: response,
  item_id: "item_1" as never,
  output_index: 0,
  content_index: 0,
  delta: new Uint8Array([1, 2]),
} as const;

const words = (bench: Bench): string[] =>
  bench.said.map(({ text }) => text).filter((text) => text !== "audio");

/** Each record once, numbered, and after the one before it. */
function assertChain(bench: Bench): void {
  let previous = 0;
  for (const [index, { sequence, record }] of bench.log.records.entries()) {
    const { n, prev } = decodeLogRecord(record);
    assert.deepEqual({ n, prev }, { n: index + 1, prev: previous });
    previous = sequence;
  }
}
