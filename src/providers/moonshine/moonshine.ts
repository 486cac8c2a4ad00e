import type { Clock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import { RevivingWorker } from "../onnx/reviving-worker.ts";
import { type SttProvider, type SttRequest, type SttResult, sttSampleRate } from "../stt.ts";
import type { MoonshineRequest, MoonshineResponse } from "./moonshine-worker.ts";

/** Utterances that may wait for a thread; at about 30 ms each the last of them waits 2 s on one thread. */
const waitingMax = 64;
/** Shorter input holds no word, and the model would make one up. */
const inputMsMin = 100;
/** Far above any utterance's time on a busy machine; it finds a thread that hangs. */
const callMsMax = 60_000;

export interface MoonshineOptions {
  /** Holds `encoder_model.ort`, `decoder_model_merged.ort` and `tokenizer.bin`. */
  readonly modelDir: string;
  /** Worker threads, each with 140 MB of model; at least 1. */
  readonly threads: number;
  readonly name?: string;
  readonly clock?: Clock;
}

/** Starts the recogniser Moonshine tiny (English) on threads of its own. Its `transcribe` also throws `ERR_BUSY` when
 *  64 utterances wait already.
 *  @throws {ParleyError} `ERR_MODELS` when the model cannot be loaded */
export async function createMoonshineStt(options: MoonshineOptions): Promise<SttProvider> {
  const { modelDir, threads, name = "moonshine", clock } = options;
  const entry = new URL("./moonshine-worker.ts", import.meta.url);
  const started = await Promise.allSettled(
    Array.from({ length: threads }, (_, i) =>
      RevivingWorker.start<MoonshineRequest, MoonshineResponse>(entry, {
        name: `${name} ${i + 1}`,
        data: { dir: modelDir },
        callMsMax,
        clock,
      }),
    ),
  );
  const workers = started.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const failed = started.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) {
    await Promise.all(workers.map((worker) => worker.close()));
    throw failed.reason;
  }
  return new MoonshineStt(name, workers);
}

type MoonshineThread = RevivingWorker<MoonshineRequest, MoonshineResponse>;

interface Job {
  readonly request: SttRequest;
  /** Shared with the thread, see `MoonshineRequest`. */
  readonly cancelled: Int32Array<SharedArrayBuffer>;
  /** Both forget the abort listener; only the first call of either counts. */
  resolve(result: SttResult): void;
  reject(error: unknown): void;
}

class MoonshineStt implements SttProvider {
  readonly name: string;
  readonly #threads: readonly MoonshineThread[];
  readonly #idle: MoonshineThread[];
  readonly #waiting = new Set<Job>();
  #closed = false;

  constructor(name: string, threads: readonly MoonshineThread[]) {
    this.name = name;
    this.#threads = threads;
    this.#idle = [...threads];
  }

  async transcribe(request: SttRequest): Promise<SttResult> {
    if (this.#closed) throw closedError();
    if (request.signal.aborted) throw abortedError();
    if (request.audio.length < (inputMsMin * sttSampleRate) / 1_000) return { text: "" };
    if (this.#waiting.size >= waitingMax)
      throw new ParleyError("ERR_BUSY", `${this.name} has too much waiting`);
    return new Promise((resolve, reject) => {
      const cancelled = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
      const onAbort = (): void => {
        Atomics.store(cancelled, 0, 1);
        this.#waiting.delete(job);
        reject(abortedError()); // the thread notices at its next step and takes other work then
      };
      request.signal.addEventListener("abort", onAbort, { once: true });
      const job: Job = {
        request,
        cancelled,
        resolve: (result) => {
          request.signal.removeEventListener("abort", onAbort);
          resolve(result);
        },
        reject: (error) => {
          request.signal.removeEventListener("abort", onAbort);
          reject(error);
        },
      };
      this.#waiting.add(job);
      this.#assign();
    });
  }

  /** What waits is rejected; what a thread is at may finish. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#waiting) job.reject(closedError());
    this.#waiting.clear();
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #assign(): void {
    const [job] = this.#waiting;
    if (job === undefined) return;
    const thread = this.#idle.pop();
    if (thread === undefined) return;
    this.#waiting.delete(job);
    void this.#run(thread, job);
  }

  async #run(thread: MoonshineThread, job: Job): Promise<void> {
    const samples = new Int16Array(job.request.audio); // a copy, moved to the thread: the caller keeps its own
    try {
      job.resolve(await thread.call({ samples, cancelled: job.cancelled }, [samples.buffer]));
    } catch (error) {
      job.reject(error);
    }
    this.#idle.push(thread);
    this.#assign();
  }
}

function closedError(): ParleyError {
  return new ParleyError("ERR_CLOSED", "the recogniser is closed");
}

function abortedError(): ParleyError {
  return new ParleyError("ERR_ABORTED", "recognition was cancelled");
}
