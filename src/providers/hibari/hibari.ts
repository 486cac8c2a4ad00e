import assert from "node:assert/strict";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import { startWorker } from "../../lib/worker-thread.ts";
import type { TtsProvider } from "../tts.ts";
import { type Thread, VoiceThread } from "./voice-thread.ts";
import type { HibariAnswer, HibariCall, HibariWorkerData } from "./worker.ts";

export interface HibariOptions {
  /** Holds `hibari.onnx`, `oov.onnx` and the tables beside them. */
  readonly modelDir: string;
  /** Worker threads; each loads its own tables and networks (some 150 MB) and uses one core. */
  readonly threads: number;
  /** Requests in progress on all threads; one more is refused with `ERR_BUSY`. */
  readonly requestsMax?: number;
  readonly clock?: Clock;
}

/** Default of `requestsMax` per thread: at 30 times real time they all still keep ahead of their listeners. */
const requestsPerThreadMax = 16;
/** One chunk takes milliseconds, the first one of a piece up to a network call, and all wait for each other. */
const chunkMsMax = 15_000;

/** The local neural voice: English, one speaker, about 30 times faster than real time on one core.
 *  Its speed reaches from 0.5 to 2: a request below is spoken at 0.5. `voice` is ignored, there is only one.
 *  `synthesize` also throws `ERR_BUSY` and, after `close`, `ERR_CLOSED`.
 *  @throws {ParleyError} `ERR_MODELS` when its files are missing or broken */
export async function createHibariTts(options: HibariOptions): Promise<TtsProvider> {
  const { modelDir, threads, clock = systemClock } = options;
  assert(Number.isInteger(threads) && threads > 0, "at least one thread");
  const requestsMax = options.requestsMax ?? requestsPerThreadMax * threads;
  // A native module is unloaded with the last thread that uses it and cannot be loaded again: this thread holds it.
  await import("onnxruntime-node");
  const start = (): Promise<Thread> =>
    startWorker<HibariCall, HibariAnswer>(new URL("./worker.ts", import.meta.url), {
      name: "hibari",
      data: { modelDir } satisfies HibariWorkerData,
      failsWith: "ERR_PROVIDER",
      pendingMax: requestsMax * 3, // of a job: one chunk, its start and its stop
      callMsMax: chunkMsMax,
      clock,
    });
  const pool = await startAll(threads, () => VoiceThread.start(start, clock));
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

/** All or none: when one does not start, the others are closed. */
async function startAll(count: number, start: () => Promise<VoiceThread>): Promise<VoiceThread[]> {
  const outcomes = await Promise.allSettled(Array.from({ length: count }, start));
  const started = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed === undefined) return started;
  await Promise.all(started.map((thread) => thread.close()));
  throw failed.reason;
}
