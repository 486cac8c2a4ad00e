import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Hearing } from "../../src/actors/listener/hearing.ts";
import { listenerBehaviour } from "../../src/actors/listener/listener-actor.ts";
import type { ListenerMessage } from "../../src/actors/listener/messages.ts";
import { createActorSystem, spawn } from "../../src/actors/runtime/actor.ts";
import type { SpeechMessage } from "../../src/actors/session/messages.ts";
import { bytesFromSamples } from "../../src/audio/pcm.ts";
import type { ItemId, RunId } from "../../src/lib/ids.ts";
import { defaultSessionConfig } from "../../src/protocol/session-config.ts";
import { defaultServerVad } from "../../src/protocol/turn-detection.ts";
import type { AskReply } from "../../src/protocol/wire.ts";
import { FakeClock } from "../contracts/fake-clock.ts";
import { loudnessVad } from "../support/loudness.ts";

type Step =
  | { readonly do: "speak"; readonly samples: number; readonly loud: boolean }
  | { readonly do: "commit" | "clear" | "whole" }
  | { readonly do: "detect"; readonly by: "server_vad" | "semantic_vad" | "nobody" }
  | { readonly do: "judged"; readonly which: number; readonly probability: number | "unknown" | "failed" }
  | { readonly do: "recognised" | "failed" | "refused" | "redelivered"; readonly which: number }
  | { readonly do: "wait"; readonly ms: number };

const job = fc.record({
  do: fc.constantFrom("recognised", "recognised", "failed", "refused", "redelivered"),
  which: fc.nat(100),
});
const speak = fc.record({
  do: fc.constant("speak" as const),
  samples: fc.integer({ min: 1, max: 24_000 }),
  loud: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: speak },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("commit", "commit", "clear", "whole") }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("detect" as const),
      by: fc.constantFrom("server_vad", "semantic_vad", "semantic_vad", "nobody"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("judged" as const),
      which: fc.nat(100),
      probability: fc.constantFrom(0, 0.5, 1, 1, "unknown" as const, "failed" as const),
    }),
  },
  { weight: 6, arbitrary: job },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(100, 1_000, 3_000, 16_000),
    }),
  },
);

const detections = {
  server_vad: defaultServerVad,
  semantic_vad: {
    type: "semantic_vad",
    eagerness: "high",
    create_response: true,
    interrupt_response: true,
  },
  nobody: null,
} as const;

interface Job {
  readonly item: ItemId;
  readonly end: number;
  run: RunId;
  readonly refused: (code: string) => void;
}

/** The real listener as an actor of its own, on a clock and with recognisers that the test holds. */
class Bench {
  readonly clock = new FakeClock();
  readonly crashes: unknown[] = [];
  readonly system = createActorSystem({
    clock: this.clock,
    onCrash: ({ error }) => this.crashes.push(error),
  });
  readonly told: SpeechMessage[] = [];
  readonly jobs: Job[] = [];
  readonly committed: ItemId[] = [];
  /** Answers that the listener waits for, whether a speaker has finished; some never come. */
  readonly questions: ((probability: number | "unknown" | "failed") => void)[] = [];
  /** As the session has heard of it. */
  speech: ItemId | undefined;
  readonly #listener;
  readonly #input = defaultSessionConfig("parley").audio.input;
  #items = 0;
  #cuts = 0;

  constructor() {
    const behaviour = listenerBehaviour(
      {
        turnEnd: {
          name: "asked",
          judge: (_samples, _signal) =>
            new Promise((resolve, reject) =>
              this.questions.push((probability) => {
                if (probability === "failed") reject(new Error("the model failed"));
                else resolve(probability === "unknown" ? undefined : probability);
              }),
            ),
          close: async () => {},
        },
        vad: loudnessVad(),
        clock: this.clock,
        hearing: new Hearing(),
        tellSession: (message) => this.#hear(message),
        recognize: (item, end, _audio, _input, refused) =>
          this.jobs.push({ item, end, run: `run_${this.jobs.length}` as RunId, refused }),
        keep: () => {},
        release: () => {},
      },
      () => ({ input: { ...this.#input, transcription: {} }, writtenMs: 0, cuts: 0, itemPrefix: "1" }),
    );
    this.#listener = spawn(this.system, "listener", behaviour, { normalMax: 1_000 });
  }

  #hear(message: SpeechMessage): void {
    this.told.push(message);
    if (message.type === "speech.started") this.speech = message.item;
    if (message.type !== "speech.stopped" || this.speech !== message.item) return;
    this.speech = undefined;
    this.committed.push(message.item);
  }

  perform(one: Step): void {
    switch (one.do) {
      case "speak": {
        const samples = new Int16Array(one.samples).fill(one.loud ? 8_000 : 0);
        return this.#tell({ type: "audio", bytes: bytesFromSamples(samples) });
      }
      case "commit": {
        const item = this.speech ?? (`item_c${this.#items++}` as ItemId);
        this.speech = undefined;
        this.committed.push(item);
        return this.#tell({ type: "commit", item, cuts: (this.#cuts += 1) });
      }
      case "whole": {
        const item = `item_w${this.#items++}` as ItemId;
        this.committed.push(item);
        return this.#tell({ type: "recognize", item, bytes: new Uint8Array(9_601) });
      }
      case "clear":
        this.speech = undefined;
        return this.#tell({ type: "clear", cuts: (this.#cuts += 1) });
      case "detect": {
        const input = { ...this.#input, transcription: {} };
        return this.#tell({ type: "configure", input: { ...input, turn_detection: detections[one.by] } });
      }
      case "judged":
        return this.questions[one.which % Math.max(1, this.questions.length)]?.(one.probability);
      case "wait":
        return this.clock.advance(one.ms);
      default:
        this.#work(one.do, this.jobs[one.which % Math.max(1, this.jobs.length)]);
    }
  }

  #work(what: "recognised" | "failed" | "refused" | "redelivered", given: Job | undefined): void {
    if (given === undefined) return;
    const { item, end, run } = given;
    if (what === "refused") return given.refused("ERR_BUSY");
    if (what === "recognised")
      return this.#urgent({ type: "out", out: { type: "stt.done", item, end, run, text: "so" } });
    if (what === "failed")
      return this.#urgent({ type: "out", out: { type: "stt.failed", item, end, run, code: "ERR_PROVIDER" } });
    const next = `${run}+` as RunId;
    const reply = (answer: AskReply | undefined): void => {
      if (answer?.answer === "go") given.run = next;
    };
    const target = { type: "stt", item, end } as const;
    this.#urgent({ type: "ask", ask: { question: "start", target, run: next, epoch: 1 }, reply });
  }

  #tell(message: ListenerMessage): void {
    assert.equal(this.#listener.tell(message), "queued");
  }

  #urgent(message: ListenerMessage): void {
    assert.equal(this.#listener.urgent(message), "queued");
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 8; turn += 1) await new Promise<void>((done) => void setImmediate(done));
  }
}

describe("the listener", () => {
  it("[UTT-1] gives each committed utterance exactly one transcript or one failure", async () => {
    let transcripts = 0;
    let questions = 0;
    let runs = 0; // fewer than asked for on a busy machine
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 60, size: "max" }),
        fc.infiniteStream(fc.nat(3)),
        async (steps, pauses) => {
          const bench = new Bench();
          for (const one of steps) {
            bench.perform(one);
            // now and then the next step comes before this one is handled
            if (pauses.next().value !== 0) await bench.settle();
          }
          // whoever still speaks falls silent, and whatever has no result yet runs into its bound
          for (let rounds = 0; rounds < 6; rounds += 1) {
            await bench.settle();
            bench.clock.advance(8_000);
          }
          await bench.settle();
          await bench.system.stop();
          expect(bench.crashes).toEqual([]);
          const outcomes = bench.told.flatMap((message) =>
            message.type === "transcript" || message.type === "transcript.failed" ? [message] : [],
          );
          runs += 1;
          questions += bench.questions.length;
          transcripts += outcomes.filter(({ type }) => type === "transcript").length;
          const items = outcomes.map(({ item }) => item);
          expect(new Set(items).size).toBe(items.length);
          for (const item of bench.committed) expect(items).toContain(item);
        },
      ),
      { numRuns: 150, interruptAfterTimeLimit: 10_000 },
    );
    expect(transcripts / runs).toBeGreaterThan(0.1);
    expect(questions / runs).toBeGreaterThan(0.1);
  });
});
