import assert from "node:assert/strict";
import { askFinish, askStart } from "../../src/actors/workers/ask.ts";
import { bytesFromSamples } from "../../src/audio/pcm.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { newRunId } from "../../src/lib/ids.ts";
import type { ResponseId, RunId } from "../../src/lib/ids.ts";
import { decodeCancel, decodeJob, encodeOut } from "../../src/protocol/wire.ts";
import type { Job, JobTarget, LlmJob, Out, SttJob, TtsJob } from "../../src/protocol/wire.ts";
import { jobQueues } from "../../src/transport/transport.ts";
import type { Delivery, JobQueue, Transport } from "../../src/transport/transport.ts";
import { outSubject } from "../../src/transport/subjects.ts";
import type { Random } from "./random.ts";

export interface WorkerFaults {
  /** Chance that a run dies before its end; its job is delivered again. */
  readonly die: number;
  /** Chance that a result is published twice, the second time later. */
  readonly duplicate: number;
  /** Chance that two neighbouring results change places. */
  readonly swap: number;
  /** Chance that a result is never published. */
  readonly lose: number;
  /** Chance that a run ends as failed. */
  readonly fail: number;
}

/** What the language model says in one answer. */
export interface Script {
  readonly text: string;
  /** Arguments of the calls that follow the text. */
  readonly calls: readonly string[];
}

/** Length of a segment's audio, samples: the same whoever speaks it. */
export const segmentSamples = (text: string): number => 20 + ((text.length * 7) % 180);

/** A sample that says which it is; the index is below 256. */
export const sampleOf = (response: number, segment: number, index: number): number =>
  ((response % 8) << 12) | ((segment % 16) << 8) | index;

export const readSample = (sample: number) => ({
  response: sample >> 12,
  segment: (sample >> 8) & 15,
  index: sample & 255,
});

const pauseMsMax = 30;

/** Workers that follow the rules of their port and die, repeat themselves and lose results as those of a cluster do. */
export class Workers {
  /** Responses in the order of their first job: the number that their samples carry. */
  readonly numbers = new Map<ResponseId, number>();
  /** Segments (`response segment`) of which some run has failed, or that were given up. */
  readonly failed = new Set<string>();
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #faults: WorkerFaults;
  readonly #scripts: readonly Script[];
  readonly #ended = new AbortController();
  readonly #runs = new Map<string, Set<AbortController>>();
  /** What went against the rules, if anything. */
  fault: unknown;

  constructor(
    transport: Transport,
    clock: Clock,
    random: Random,
    faults: WorkerFaults,
    scripts: readonly Script[],
  ) {
    this.#transport = transport;
    this.#clock = clock;
    this.#random = random;
    this.#faults = faults;
    this.#scripts = scripts;
  }

  start(): void {
    this.#transport.subscribe("v1.cancel.*", ({ payload }) => {
      const { part } = decodeCancel(payload);
      for (const controller of this.#runs.get(part) ?? []) {
        // a cancel may be lost, or come late
        if (this.#random.chance(0.6)) controller.abort();
      }
    });
    for (const queue of jobQueues) void this.#serve(queue);
  }

  stop(): void {
    this.#ended.abort();
    for (const runs of this.#runs.values()) for (const controller of runs) controller.abort();
  }

  async #serve(queue: JobQueue): Promise<void> {
    const consumer = this.#transport.jobs.consume(queue);
    for (;;) {
      const delivery = await consumer.next(this.#ended.signal);
      if (delivery === undefined) return;
      this.#run(delivery).catch((error: unknown) => (this.fault ??= error));
    }
  }

  async #run(delivery: Delivery): Promise<void> {
    const job = decodeJob(delivery.payload);
    const run = newRunId();
    const controller = new AbortController();
    const part = job.type === "stt" ? job.item : job.response;
    this.#runs.set(part, (this.#runs.get(part) ?? new Set()).add(controller));
    const transport = this.#transport;
    const asking = {
      transport,
      clock: this.#clock,
      session: job.session,
      epoch: job.epoch,
      run,
      target: target(job),
    };
    let from = { offset: 0, text: "" };
    if (delivery.count > 1) {
      const reply = await askStart(asking);
      if (reply === undefined) return delivery.nak(1_000);
      if (reply.answer === "bury") {
        if (job.type === "tts") this.failed.add(`${job.response} ${job.segment}`);
        return delivery.deadLetter("run too often");
      }
      if (reply.answer !== "go") return delivery.ack();
      from = { offset: reply.offset, text: reply.text ?? "" };
    }
    const died = await this.#execute(delivery, job, run, from, controller.signal);
    if (died || controller.signal.aborted) return;
    const reply = await askFinish(asking, controller.signal);
    if (reply !== undefined) await delivery.ack();
    else if (!controller.signal.aborted) delivery.nak(1_000);
  }

  async #execute(
    delivery: Delivery,
    job: Job,
    run: RunId,
    from: { offset: number; text: string },
    signal: AbortSignal,
  ) {
    const outs = this.#disturb(this.#outs(job, run, from));
    const until = this.#random.chance(this.#faults.die) ? this.#random.int(0, outs.length - 1) : outs.length;
    for (const out of outs.slice(0, until)) {
      await this.#pause();
      if (signal.aborted) return false;
      this.#publish(job, out);
      delivery.working();
    }
    if (until === outs.length) return false;
    delivery.nak(this.#random.int(0, 300));
    // a run that was only taken for dead goes on
    if (this.#random.chance(0.5)) void this.#later(job, outs.slice(until));
    return true;
  }

  async #later(job: Job, outs: readonly Out[]): Promise<void> {
    for (const out of outs) {
      await this.#pause();
      await this.#pause();
      if (this.#ended.signal.aborted) return;
      this.#publish(job, out);
    }
  }

  #publish(job: Job, out: Out): void {
    if (!this.#ended.signal.aborted) this.#transport.publish(outSubject(job.session), encodeOut(out));
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(this.#random.int(0, pauseMsMax), resolve));
  }

  #disturb(outs: readonly Out[]): Out[] {
    const { duplicate, swap, lose } = this.#faults;
    const list = outs.filter((_, index) => index === outs.length - 1 || !this.#random.chance(lose));
    for (let i = 0; i + 1 < list.length; i += 1) {
      const [one, two] = [list[i], list[i + 1]];
      if (one !== undefined && two !== undefined && this.#random.chance(swap))
        [list[i], list[i + 1]] = [two, one];
    }
    for (let i = list.length - 1; i >= 0; i -= 1) {
      const one = list[i];
      if (one !== undefined && this.#random.chance(duplicate))
        list.splice(this.#random.int(i + 1, list.length), 0, one);
    }
    return list;
  }

  #outs(job: Job, run: RunId, from: { offset: number; text: string }): Out[] {
    const fails = this.#random.chance(this.#faults.fail);
    if (job.type === "stt") return [this.#recognized(job, run, fails)];
    if (job.type === "llm") return this.#said(job, run, from, fails);
    if (!fails) return this.#spoken(job, run, from.offset);
    this.failed.add(`${job.response} ${job.segment}`);
    const { response, segment } = job;
    return [
      ...this.#spoken(job, run, from.offset).slice(0, this.#random.int(0, 3)),
      { type: "tts.failed", response, segment, run, code: "ERR_PROVIDER" } as const,
    ].filter(({ type }) => type !== "tts.done");
  }

  #recognized({ item, end }: SttJob, run: RunId, fails: boolean): Out {
    return fails
      ? { type: "stt.failed", item, end, run, code: "ERR_PROVIDER" }
      : { type: "stt.done", item, end, run, text: `words of ${item}` };
  }

  #said({ response }: LlmJob, run: RunId, from: { offset: number; text: string }, fails: boolean): Out[] {
    const number = this.numbers.get(response) ?? this.numbers.size;
    this.numbers.set(response, number);
    const { text, calls } = this.#scripts[number % this.#scripts.length] ?? { text: "", calls: [] };
    assert.equal(
      from.text,
      text.slice(0, from.offset),
      "a run is to go on after something that was not said",
    );
    const outs: Out[] = [];
    let offset = from.offset;
    for (const size of this.#random.sizes(text.length - offset, 25)) {
      outs.push({ type: "llm.text", response, run, offset, text: text.slice(offset, offset + size) });
      offset += size;
    }
    if (fails) {
      const said = outs.slice(0, this.#random.int(0, outs.length));
      return [...said, { type: "llm.failed", response, run, code: "ERR_PROVIDER" }];
    }
    for (const [index, given] of calls.entries()) {
      outs.push({ type: "llm.call", response, run, index, callId: `call_${response}_${index}`, name: "act" });
      let at = 0;
      for (const size of this.#random.sizes(given.length, 8)) {
        outs.push({
          type: "llm.arguments",
          response,
          run,
          index,
          offset: at,
          delta: given.slice(at, at + size),
        });
        at += size;
      }
    }
    outs.push({
      type: "llm.done",
      response,
      run,
      length: text.length,
      argumentsLength: calls.map((given) => given.length),
      reason: calls.length > 0 ? "tool_calls" : "stop",
      inputTokens: 3,
      cachedTokens: 0,
      outputTokens: 5,
    });
    return outs;
  }

  #spoken({ response, segment, text }: TtsJob, run: RunId, from: number): Out[] {
    const length = segmentSamples(text);
    const number = this.numbers.get(response) ?? 0;
    const outs: Out[] = [];
    let offset = from;
    for (const size of this.#random.sizes(length - from, 60)) {
      const at = offset;
      const pcm = bytesFromSamples(
        Int16Array.from({ length: size }, (_, i) => sampleOf(number, segment, at + i)),
      );
      outs.push({ type: "tts.audio", response, segment, run, offset, pcm });
      offset += size;
    }
    outs.push({ type: "tts.done", response, segment, run, length });
    return outs;
  }
}

function target(job: Job): JobTarget {
  if (job.type === "stt") return { type: "stt", item: job.item, end: job.end };
  if (job.type === "llm") return { type: "llm", response: job.response };
  return { type: "tts", response: job.response, segment: job.segment };
}
