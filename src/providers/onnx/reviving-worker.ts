import type { TransferListItem } from "node:worker_threads";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import { type WorkerHandle, startWorker } from "../../lib/worker-thread.ts";

/** After a crash the next worker starts no sooner than this after the last one did, so that a model that crashes at
 *  once does not keep a core busy with loading it. */
const restartMsMin = 1_000;
const startMsMax = 60_000;

export interface RevivingWorkerOptions {
  /** Names the worker in error messages. */
  readonly name: string;
  /** Handed to the worker's `setup`. */
  readonly data: unknown;
  /** How long one call may take, ms; then the worker is given up and the next call gets another. */
  readonly callMsMax: number;
  readonly clock?: Clock | undefined;
}

/** Node unloads a native module when the last thread that uses it ends, and onnxruntime's cannot be loaded a second
 *  time ("Module did not self-register"): with a single worker, none could ever replace it. So this thread holds it. */
const holdRuntime = (): Promise<unknown> => import("onnxruntime-node");

/** A worker thread with onnxruntime in it. It takes one call after the other and is replaced when it crashed or hangs. */
export class RevivingWorker<Request, Response> {
  readonly #entry: URL;
  readonly #options: RevivingWorkerOptions;
  readonly #clock: Clock;
  #handle: WorkerHandle<Request, Response> | undefined;
  #startedAt = 0;
  #closed = false;

  private constructor(entry: URL, options: RevivingWorkerOptions) {
    this.#entry = entry;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** @param entry see `startWorker`
   *  @throws {ParleyError} what the worker's `setup` threw; `ERR_PROVIDER` */
  static async start<Request, Response>(
    entry: URL,
    options: RevivingWorkerOptions,
  ): Promise<RevivingWorker<Request, Response>> {
    await holdRuntime();
    const worker = new RevivingWorker<Request, Response>(entry, options);
    await worker.#start();
    return worker;
  }

  /** Not to be called again before it settled.
   *  @throws {ParleyError} what the worker threw; `ERR_PROVIDER` when it crashed, or crashed less than a second ago;
   *    `ERR_PROVIDER_TIMEOUT`; `ERR_CLOSED` */
  async call(request: Request, transfer: readonly TransferListItem[] = []): Promise<Response> {
    const handle = this.#handle ?? (await this.#start());
    try {
      return await handle.call(request, transfer);
    } catch (error) {
      if (!(error instanceof ParleyError) || error.code !== "ERR_TIMEOUT") throw error;
      this.#drop(handle);
      void handle.close(); // terminates it when it does not come to an end by itself
      throw new ParleyError("ERR_PROVIDER_TIMEOUT", `${this.#options.name} did not answer in time`, {
        cause: error,
      });
    }
  }

  /** Idempotent. Lets the call in progress finish. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#handle?.close();
  }

  async #start(): Promise<WorkerHandle<Request, Response>> {
    const { name, data, callMsMax, clock } = this.#options;
    if (this.#closed) throw new ParleyError("ERR_CLOSED", `${name} is closed`);
    const now = this.#clock.monotonic();
    if (this.#startedAt > 0 && now - this.#startedAt < restartMsMin) {
      throw new ParleyError("ERR_PROVIDER", `${name} crashed a moment ago`);
    }
    this.#startedAt = now;
    const handle = await startWorker<Request, Response>(this.#entry, {
      name,
      data,
      failsWith: "ERR_PROVIDER",
      pendingMax: 1,
      startMsMax,
      callMsMax,
      ...(clock === undefined ? {} : { clock }),
    });
    if (this.#closed) {
      await handle.close();
      throw new ParleyError("ERR_CLOSED", `${name} is closed`);
    }
    this.#handle = handle;
    void handle.ended.then(() => this.#drop(handle));
    return handle;
  }

  #drop(handle: WorkerHandle<Request, Response>): void {
    if (this.#handle === handle) this.#handle = undefined;
  }
}
