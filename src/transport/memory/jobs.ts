import assert from "node:assert/strict";
import type { Clock } from "../../lib/clock.ts";
import { type DeadLetters, type JobConsumer, type JobQueue, jobQueues, type Jobs } from "../transport.ts";
import { DeadLetterBox } from "./dead-letters.ts";
import type { InFlight } from "./in-flight.ts";
import { assertSubject } from "./subjects.ts";
import { WorkQueue } from "./work-queue.ts";

export interface MemoryJobsOptions {
  readonly clock: Clock;
  readonly inFlight: InFlight;
  readonly jobsPerQueueMax: number;
  readonly bytesPerQueueMax: number;
  readonly jobsPerSubjectMax: number;
  readonly jobIdsMax: number;
  readonly deadLettersMax: number;
}

/** The work queues and their dead letters. */
export class MemoryJobs implements Jobs {
  readonly deadLetters: DeadLetters;
  readonly #options: MemoryJobsOptions;
  readonly #queues: ReadonlyMap<JobQueue, WorkQueue>;
  readonly #dead: DeadLetterBox;

  constructor(options: MemoryJobsOptions) {
    this.#options = options;
    this.#queues = new Map(jobQueues.map((queue) => [queue, this.#createQueue(queue)]));
    this.#dead = new DeadLetterBox({
      lettersMax: options.deadLettersMax,
      inFlight: options.inFlight,
      requeue: ({ queue, subject, id, payload }) => this.#queue(queue).add(subject, id, payload),
    });
    this.deadLetters = this.#dead;
  }

  async publish(
    subject: string,
    id: string,
    payload: Uint8Array,
  ): Promise<"accepted" | "duplicate" | "full"> {
    this.#options.inFlight.assertOpen();
    return this.#queue(queueOf(subject)).publish(subject, id, payload);
  }

  consume(queue: JobQueue): JobConsumer {
    return this.#queue(queue);
  }

  async purge(subject: string): Promise<void> {
    this.#options.inFlight.assertOpen();
    // all jobs of a session are named as one of them would be
    const one = subject.endsWith(".>") ? `${subject.slice(0, -1)}all` : subject;
    this.#queue(queueOf(one)).purge(subject);
  }

  async depth(queue: JobQueue): Promise<{ readonly waiting: number; readonly oldestMs: number }> {
    this.#options.inFlight.assertOpen();
    return this.#queue(queue).depth();
  }

  close(): void {
    for (const queue of this.#queues.values()) queue.close();
    this.#dead.clear();
  }

  #createQueue(queue: JobQueue): WorkQueue {
    const { clock, inFlight, jobsPerQueueMax, bytesPerQueueMax, jobsPerSubjectMax, jobIdsMax } =
      this.#options;
    return new WorkQueue({
      clock,
      inFlight,
      jobsMax: jobsPerQueueMax,
      bytesMax: bytesPerQueueMax,
      perSubjectMax: jobsPerSubjectMax,
      idsMax: jobIdsMax,
      onDead: ({ subject, id, payload, count }, reason) =>
        this.#dead.add({ queue, subject, id, payload, deliveries: count, reason, at: clock.now() }),
    });
  }

  #queue(name: JobQueue): WorkQueue {
    const queue = this.#queues.get(name);
    assert(queue !== undefined, `no queue: ${name}`);
    return queue;
  }
}

/** @param subject `v1.job.<queue>.<session>.<response or item>` */
function queueOf(subject: string): JobQueue {
  assertSubject(subject);
  const [version, kind, name, ...rest] = subject.split(".");
  const queue = jobQueues.find((one) => one === name);
  assert(
    version === "v1" && kind === "job" && queue !== undefined && rest.length === 2,
    `no job: ${subject}`,
  );
  return queue;
}
