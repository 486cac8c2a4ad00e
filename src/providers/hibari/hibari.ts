import assert from "node:assert/strict";
import { join } from "node:path";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import { type WorkerHandle, startWorker } from "../../lib/worker-thread.ts";
import type { TtsProvider, TtsRequest } from "../tts.ts";
import type { HibariAnswer, HibariCall, HibariWorkerData } from "./worker.ts";

export interface HibariOptions {
  /** The models folder; the files are below its `hibari/`. */
  readonly modelDir: string;
  /** Worker threads; each loads its own tables and networks (about 200 MB) and uses one core. */
  readonly threads: number;
  /** Requests in progress on all threads; one more is refused with `ERR_BUSY`. */
  readonly requestsMax?: number;
  readonly clock?: Clock;
}

/** Default of `requestsMax` per thread: at 30 times real time they still all keep ahead of their listeners. */
const requestsPerThreadMax = 16;
/** The network was trained for durations between half and twice the normal ones. */
const speedMin = 0.5;
const speedMax = 2;
/** One chunk takes milliseconds, the first one of a piece up to a network call, and all wait for each other. */
const chunkMsMax = 15_000;
/** A crashed thread is started again at the next request, at most so often within `restartWindowMs`. */
const restartsMax = 5;
const restartWindowMs = 60_000;

type Thread = WorkerHandle<HibariCall, HibariAnswer>;

/** The local neural voice: English, one speaker, about 30 times faster than real time on one core.
 *  Its speed reaches from 0.5 to 2: a request below is spoken at 0.5. `voice` is ignored, there is only one.
 *  @throws {ParleyError} `ERR_MODELS` when its files are missing or broken */
export async function createHibariTts(options: HibariOptions): Promise<TtsProvider> {
  const { modelDir, threads, clock = systemClock } = options;
  assert(Number.isInteger(threads) && threads > 0, "at least one thread");
  const requestsMax = options.requestsMax ?? requestsPerThreadMax * threads;
  const start = (): Promise<Thread> =>
    startWorker<HibariCall, HibariAnswer>(new URL("./worker.ts", import.meta.url), {
      name: "hibari",
      data: { modelDir: join(modelDir, "hibari") } satisfies HibariWorkerData,
      failsWith: "ERR_PROVIDER",
      pendingMax: requestsMax * 3, // of a job: one chunk, its start and its stop
      callMsMax: chunkMsMax,
      clock,
    });
  const pool = await Promise.all(Array.from({ length: threads }, () => VoiceThread.start(start, clock)));
  let active = 0;
  let isClosed = false;
  return {
    name: "hibari",
    repeatable: true,
    async *synthesize(request) {
      if (isClosed) throw new ParleyError("ERR_CLOSED", "the hibari voice is closed");
      if (active >= requestsMax) throw new ParleyError("ERR_BUSY", "the hibari voice is busy");
      const thread = pool.reduce((best, each) => (each.active < best.active ? each : best));
      active++;
      thread.active++;
      try {
        yield* thread.speak(request);
      } finally {
        active--;
        thread.active--;
      }
    },
    close: async () => {
      isClosed = true;
      await Promise.all(pool.map((thread) => thread.close()));
    },
  };
}

class VoiceThread {
  /** Requests in progress. */
  active = 0;
  readonly #start: () => Promise<Thread>;
  readonly #clock: Clock;
  /** Undefined after a crash, until the next request. */
  #thread: Promise<Thread> | undefined;
  #lastJob = 0;
  /** Times of the latest crashes, monotonic ms. */
  #crashes: number[] = [];

  static async start(start: () => Promise<Thread>, clock: Clock): Promise<VoiceThread> {
    const thread = new VoiceThread(start, clock);
    await thread.#running();
    return thread;
  }

  private constructor(start: () => Promise<Thread>, clock: Clock) {
    this.#start = start;
    this.#clock = clock;
  }

  async *speak({ text, speed, signal }: TtsRequest): AsyncGenerator<Int16Array, void> {
    throwIfAborted(signal);
    const thread = await this.#running();
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
    this.#crashes = this.#crashes.filter((at) => now - at < restartWindowMs);
    if (this.#crashes.length > restartsMax) {
      return Promise.reject(new ParleyError("ERR_PROVIDER", "the hibari voice crashes again and again"));
    }
    const starting = this.#start();
    this.#thread = starting;
    const lost = (): void => {
      this.#crashes.push(this.#clock.monotonic());
      if (this.#thread === starting) this.#thread = undefined;
    };
    starting.then(({ ended }) => ended.then((crash) => crash !== undefined && lost()), lost);
    return starting;
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
  } catch (error) {
    if (!(error instanceof ParleyError) || error.code !== "ERR_TIMEOUT") throw error;
    throw new ParleyError("ERR_PROVIDER_TIMEOUT", "the hibari voice did not answer in time", {
      cause: error,
    });
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortedError();
}

const abortedError = (): ParleyError => new ParleyError("ERR_ABORTED", "the synthesis was cancelled");
