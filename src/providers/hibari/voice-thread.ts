import { type Clock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import type { WorkerHandle } from "../../lib/worker-thread.ts";
import type { TtsChunk, TtsRequest } from "../tts.ts";
import type { HibariAnswer, HibariCall } from "./worker.ts";

/** The network was trained for durations between half and twice the normal ones. */
const speedMin = 0.5;
const speedMax = 2;
/** A thread that crashed or hung is replaced at the next request, at most so often within `restartWindowMs`. */
const restartsMax = 5;
const restartWindowMs = 60_000;

export type Thread = WorkerHandle<HibariCall, HibariAnswer>;

/** One worker thread with the voice in it, replaced when it is lost. Its requests take turns, chunk by chunk. */
export class VoiceThread {
  /** Requests in progress; the pool's to count. */
  active = 0;
  readonly #start: () => Promise<Thread>;
  readonly #clock: Clock;
  /** Undefined after a loss, until the next request. */
  #thread: Promise<Thread> | undefined;
  #lastJob = 0;
  /** Times of the latest losses, monotonic ms. */
  #losses: number[] = [];

  /** @param start makes a thread that serves `worker.ts` */
  static async start(start: () => Promise<Thread>, clock: Clock): Promise<VoiceThread> {
    const voice = new VoiceThread(start, clock);
    await voice.#running();
    return voice;
  }

  private constructor(start: () => Promise<Thread>, clock: Clock) {
    this.#start = start;
    this.#clock = clock;
  }

  /** @throws {ParleyError} `ERR_ABORTED`, `ERR_PROVIDER`, `ERR_PROVIDER_TIMEOUT`; what the thread threw */
  async *speak({ text, speed, signal }: TtsRequest): AsyncGenerator<TtsChunk, void> {
    throwIfAborted(signal);
    const running = this.#running();
    const thread = await running;
    const job = ++this.#lastJob;
    const clamped = Math.min(Math.max(speed, speedMin), speedMax);
    try {
      await ask(thread, { type: "start", job, text, speed: clamped }, signal);
      let ahead = ask(thread, { type: "next", job }, signal);
      for (;;) {
        const chunk = await ahead;
        if (chunk === undefined) return;
        ahead = ask(thread, { type: "next", job }, signal); // made while the caller handles this one
        ahead.catch(() => {}); // awaited above, unless the caller leaves before
        yield chunk;
        throwIfAborted(signal);
      }
    } catch (error) {
      if (!(error instanceof ParleyError) || error.code !== "ERR_TIMEOUT") throw error;
      this.#lost(running);
      void thread.close(); // terminates it when it does not come to an end by itself
      throw new ParleyError("ERR_PROVIDER_TIMEOUT", "the hibari voice did not answer in time", {
        cause: error,
      });
    } finally {
      thread.call({ type: "stop", job }).catch(() => {}); // the thread is gone, and the job with it
    }
  }

  async close(): Promise<void> {
    await this.#thread?.then((thread) => thread.close()).catch(() => {}); // it never started: nothing to close
  }

  #running(): Promise<Thread> {
    if (this.#thread !== undefined) return this.#thread;
    const now = this.#clock.monotonic();
    this.#losses = this.#losses.filter((at) => now - at < restartWindowMs);
    if (this.#losses.length > restartsMax) {
      return Promise.reject(new ParleyError("ERR_PROVIDER", "the hibari voice crashes again and again"));
    }
    const starting = this.#start();
    this.#thread = starting;
    starting.then(
      ({ ended }) => ended.then((crash) => crash !== undefined && this.#lost(starting)),
      () => this.#lost(starting),
    );
    return starting;
  }

  /** Counts the loss of a thread once, however it shows. */
  #lost(thread: Promise<Thread>): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    this.#losses.push(this.#clock.monotonic());
  }
}

/** One call that ends at once when the request is aborted, whatever the thread does meanwhile. */
async function ask(thread: Thread, call: HibariCall, signal: AbortSignal): Promise<HibariAnswer> {
  throwIfAborted(signal);
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(abortedError());
    signal.addEventListener("abort", onAbort);
  });
  try {
    return await Promise.race([thread.call(call), aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortedError();
}

const abortedError = (): ParleyError => new ParleyError("ERR_ABORTED", "the synthesis was cancelled");
