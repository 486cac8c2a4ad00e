import type { Clock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import { RevivingWorker } from "../onnx/reviving-worker.ts";
import type { TurnEndEngine } from "../turn-end.ts";
import { turnEndSamplesMax } from "../turn-end.ts";
import type { SmartTurnRequest, SmartTurnResponse } from "./smart-turn-worker.ts";

/** Turns that may wait for the thread. One takes 50 to 100 ms of a core (and in a batch no less), so the last of them
 *  waits for a second or more; a later answer would come behind the silence that it is to shorten. */
const waitingMax = 16;
/** Far above one turn's time on a busy machine; it finds a thread that hangs. */
const callMsMax = 3_000;

export interface SmartTurnOptions {
  /** `smart-turn-v3.2-cpu.onnx` of the pinned models. */
  readonly modelPath: string;
  readonly clock?: Clock;
}

/** Starts the end-of-turn model smart-turn v3.2 on a worker thread. It judges by intonation and tempo, in 23 languages.
 *  @throws {ParleyError} `ERR_MODELS` when the model cannot be loaded */
export async function createSmartTurn({ modelPath, clock }: SmartTurnOptions): Promise<TurnEndEngine> {
  const worker = await RevivingWorker.start<SmartTurnRequest, SmartTurnResponse>(
    new URL("./smart-turn-worker.ts", import.meta.url),
    { name: "smart-turn", data: { modelPath }, callMsMax, clock },
  );
  return new SmartTurn(worker);
}

interface Job {
  readonly samples: Int16Array<ArrayBuffer>;
  /** Both forget the abort listener; only the first call of either counts. */
  resolve(probability: number): void;
  reject(error: unknown): void;
}

class SmartTurn implements TurnEndEngine {
  readonly name = "smart-turn";
  readonly #worker: RevivingWorker<SmartTurnRequest, SmartTurnResponse>;
  readonly #waiting = new Set<Job>();
  #running = false;
  #closed = false;

  constructor(worker: RevivingWorker<SmartTurnRequest, SmartTurnResponse>) {
    this.#worker = worker;
  }

  async judge(samples: Int16Array, signal: AbortSignal): Promise<number | undefined> {
    if (this.#closed) throw closedError();
    if (signal.aborted) throw abortedError();
    if (this.#waiting.size >= waitingMax) return undefined;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(job);
        reject(abortedError());
      };
      signal.addEventListener("abort", onAbort, { once: true });
      const job: Job = {
        // a copy: it waits, and then moves to the thread
        samples: samples.slice(-turnEndSamplesMax),
        resolve: (probability) => {
          signal.removeEventListener("abort", onAbort);
          resolve(probability);
        },
        reject: (error) => {
          signal.removeEventListener("abort", onAbort);
          reject(error);
        },
      };
      this.#waiting.add(job);
      if (!this.#running) void this.#run();
    });
  }

  /** What waits is rejected; what the thread is at may finish. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#waiting) job.reject(closedError());
    this.#waiting.clear();
    await this.#worker.close();
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let [job] = this.#waiting; job !== undefined; [job] = this.#waiting) {
      this.#waiting.delete(job);
      const { samples } = job;
      try {
        const { probability } = await this.#worker.call({ samples }, [samples.buffer]);
        job.resolve(probability);
      } catch (error) {
        job.reject(error);
      }
    }
    this.#running = false;
  }
}

function closedError(): ParleyError {
  return new ParleyError("ERR_CLOSED", "the end-of-turn model is closed");
}

function abortedError(): ParleyError {
  return new ParleyError("ERR_ABORTED", "the end of the turn is not asked for any more");
}
