import type { Clock } from "../../lib/clock.ts";
import { ackWaitMs, type Delivery } from "../transport.ts";
import type { InFlight } from "./in-flight.ts";
import { RecentIds } from "./recent-ids.ts";

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly inFlight: InFlight;
  /** Jobs of the queue, waiting or being done. */
  readonly jobsMax: number;
  /** Their payloads together, bytes. */
  readonly bytesMax: number;
  /** Jobs of one subject, waiting or being done. */
  readonly perSubjectMax: number;
  /** Ids remembered to find duplicates; the oldest are forgotten first. */
  readonly idsMax: number;
  readonly onDead: (job: Job, reason: string) => void;
}

export interface Job {
  readonly subject: string;
  readonly id: string;
  readonly payload: Uint8Array;
  readonly publishedAt: number;
  /** Deliveries so far. */
  count: number;
  /** `held`: delivered and not ended, or handed back with a delay; `cancelTimer` ends its wait. */
  state: "waiting" | "held" | "ended";
  cancelTimer: () => void;
}

/** How long an id is remembered after its job was accepted, ms. */
const duplicateWindowMs = 120_000;

/** The jobs of one queue. A job is in exactly one place: waiting, held, or nowhere. */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #ids: RecentIds;
  /** To be delivered next, in order; those to be delivered again come first. */
  #waiting: Job[] = [];
  /** All that have not ended. */
  readonly #bySubject = new Map<string, Set<Job>>();
  readonly #takers = new Set<(delivery: Delivery | undefined) => void>();
  #closed = false;
  #jobs = 0;
  #bytes = 0;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#ids = new RecentIds(options.clock, duplicateWindowMs, options.idsMax);
  }

  publish(subject: string, id: string, payload: Uint8Array): "accepted" | "duplicate" | "full" {
    return this.#ids.has(id) ? "duplicate" : this.add(subject, id, payload);
  }

  /** Queues a job whether or not its id is known. */
  add(subject: string, id: string, payload: Uint8Array): "accepted" | "full" {
    const { clock, jobsMax, bytesMax, perSubjectMax } = this.#options;
    const same = this.#bySubject.get(subject) ?? new Set();
    const full = this.#jobs >= jobsMax || this.#bytes + payload.byteLength > bytesMax;
    if (full || same.size >= perSubjectMax) return "full";
    const job: Job = {
      subject,
      id,
      payload,
      publishedAt: clock.monotonic(),
      count: 0,
      state: "waiting",
      cancelTimer: () => {},
    };
    this.#ids.add(id);
    this.#bySubject.set(subject, same.add(job));
    this.#jobs += 1;
    this.#bytes += payload.byteLength;
    this.#waiting.push(job);
    this.#dispatch();
    return "accepted";
  }

  next(signal: AbortSignal): Promise<Delivery | undefined> {
    return new Promise((resolve) => {
      if (signal.aborted || this.#closed) return resolve(undefined);
      const take = (delivery: Delivery | undefined): void => {
        this.#takers.delete(take);
        signal.removeEventListener("abort", stop);
        resolve(delivery);
      };
      const stop = (): void => take(undefined);
      signal.addEventListener("abort", stop);
      this.#takers.add(take);
      this.#dispatch();
    });
  }

  purge(subject: string): void {
    if (!subject.endsWith(".>")) {
      for (const job of this.#bySubject.get(subject) ?? []) this.#end(job);
      return;
    }
    const prefix = subject.slice(0, -1);
    for (const [key, jobs] of this.#bySubject) {
      if (key.startsWith(prefix)) for (const job of jobs) this.#end(job);
    }
  }

  depth(): { readonly waiting: number; readonly oldestMs: number } {
    const now = this.#options.clock.monotonic();
    const oldest = this.#waiting.reduce((at, job) => Math.min(at, job.publishedAt), now);
    return { waiting: this.#waiting.length, oldestMs: now - oldest };
  }

  close(): void {
    this.#closed = true;
    this.#waiting = [];
    for (const jobs of this.#bySubject.values()) for (const job of jobs) this.#end(job);
    for (const take of this.#takers) take(undefined);
  }

  #dispatch(): void {
    for (const take of this.#takers) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      take(this.#deliver(job));
    }
  }

  /** Whoever says that a job is done or dead is believed, also late: it is. Only the latest delivery may hand it back
   *  or keep it, and not after it was handed back. */
  #deliver(job: Job): Delivery {
    job.count += 1;
    job.state = "held";
    this.#hold(job, ackWaitMs);
    const { subject, id, payload, count } = job;
    let handedBack = false;
    const holds = (): boolean => job.state === "held" && job.count === count && !handedBack;
    return {
      subject,
      id,
      payload,
      count,
      ack: async () => {
        this.#options.inFlight.assertOpen();
        this.#end(job);
      },
      nak: (delayMs) => {
        if (!holds()) return;
        handedBack = true;
        this.#hold(job, delayMs);
      },
      working: () => {
        if (holds()) this.#hold(job, ackWaitMs);
      },
      deadLetter: async (reason) => {
        this.#options.inFlight.assertOpen();
        if (job.state === "ended") return;
        this.#end(job);
        this.#options.onDead(job, reason);
      },
    };
  }

  /** Until the job waits again, unless it ends before. */
  #hold(job: Job, ms: number): void {
    job.cancelTimer();
    job.cancelTimer = this.#options.clock.after(ms, () => {
      job.state = "waiting";
      const firstNew = this.#waiting.findIndex(({ count }) => count === 0);
      this.#waiting.splice(firstNew < 0 ? this.#waiting.length : firstNew, 0, job);
      this.#dispatch();
    });
  }

  #end(job: Job): void {
    if (job.state === "ended") return;
    if (job.state === "waiting") this.#waiting = this.#waiting.filter((one) => one !== job);
    job.state = "ended";
    job.cancelTimer();
    const same = this.#bySubject.get(job.subject);
    same?.delete(job);
    if (same?.size === 0) this.#bySubject.delete(job.subject);
    this.#jobs -= 1;
    this.#bytes -= job.payload.byteLength;
  }
}
