import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { type TransferListItem, Worker, parentPort, workerData } from "node:worker_threads";
import assert from "node:assert/strict";
import { type Clock, systemClock } from "./clock.ts";
import { type ErrorCode, ParleyError } from "./errors.ts";
import { atOnce, Gather } from "./gather.ts";

/** How long a call that nobody waits for may wait for others to travel with, ms. */
const patienceMs = 50;

type MaybePromise<T> = T | Promise<T>;

export interface WorkerOptions {
  /** Names the worker in error messages. */
  readonly name: string;
  /** Handed to the `setup` of `serveWorker`; must survive structured cloning. */
  readonly data?: unknown;
  /** Code of the error for what is not a `ParleyError` inside the worker: a crash, or a request that threw. */
  readonly failsWith: ErrorCode;
  /** Calls that may wait for an answer; one more is refused with `ERR_BUSY`. */
  readonly pendingMax: number;
  /** How long the worker may take until it serves, ms. */
  readonly startMsMax?: number;
  /** How long one call may take, ms; then it rejects with `ERR_TIMEOUT` and its outcome is unknown. */
  readonly callMsMax?: number;
  /** How long `close` waits for pending calls and for the worker's own clean-up, ms; then it is terminated. */
  readonly closeMsMax?: number;
  /** Requests of one turn of the event loop travel as one message, and so do answers that are ready together: for a
   *  worker with many small calls, where waking the other thread is most of the cost. A request must then not be
   *  changed, nor its buffers, after the call; a worker must not change what it has answered. */
  readonly gathers?: boolean;
  readonly clock?: Clock;
}

export interface WorkerHandle<Request, Response> {
  /** Requests reach the worker in the order of their calls.
   *  @param request must survive structured cloning. A typed array is cloned with the whole buffer behind it: pass
   *    one that owns its buffer, never a slice of a pool.
   *  @param transfer buffers that move instead of being copied; they are empty here afterwards
   *  @param when `soon`, to a worker that gathers: it travels with the next call, or after `patienceMs`; for what nobody
   *    waits for
   *  @throws {ParleyError} what the worker threw · `ERR_BUSY` above `pendingMax` · `ERR_TIMEOUT` · `ERR_CLOSED` ·
   *    `failsWith` when the worker crashed */
  call(request: Request, transfer?: readonly TransferListItem[], when?: "now" | "soon"): Promise<Response>;
  /** Calls without an answer yet. */
  readonly pending: number;
  /** Settles once, never rejects: the reason of a crash, or undefined after `close`. */
  readonly ended: Promise<ParleyError | undefined>;
  /** Idempotent. Lets pending calls finish, then ends the worker. */
  close(): Promise<void>;
}

export interface WorkerService<Request, Response> {
  /** Answers one request. May be asynchronous: the next request is handed over without waiting for it. */
  handle(request: Request): MaybePromise<WorkerReply<Response>>;
  /** Clean-up before the worker ends; no request is in progress. */
  close?(): MaybePromise<void>;
}

interface WorkerReply<Response> {
  readonly response: Response;
  /** Buffers of the response that move instead of being copied. */
  readonly transfer?: readonly TransferListItem[];
}

type Numbered<Request> = readonly [id: number, request: Request];
type ToWorker<Request> =
  { readonly type: "requests"; readonly requests: readonly Numbered<Request>[] } | { readonly type: "close" };
type FromWorker<Response> =
  | { readonly type: "ready" }
  | { readonly type: "unready"; readonly failure: Failure }
  | { readonly type: "answers"; readonly answers: readonly Answer<Response>[] };
type Answer<Response> =
  { readonly id: number; readonly response: Response } | { readonly id: number; readonly failure: Failure };
/** An error as it crosses threads: classes do not survive cloning. */
interface Failure {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly stack: string | undefined;
}
interface Boot {
  readonly entry: string;
  readonly data: unknown;
  readonly gathers: boolean;
}

/** Node 20 cannot load TypeScript in a worker by flags, so the loader is registered by code. */
const bootTypeScript = `
const { workerData } = require("node:worker_threads");
import(workerData.loader).then(({ register }) => {
  register();
  return import(workerData.entry);
});
`;

/** Starts `entry` in a thread and resolves when it serves. An idle worker does not keep the process alive.
 *  @param entry `new URL("./x.ts", import.meta.url)`: a module that calls `serveWorker`. It is loaded as `.ts` when
 *    the program runs from source and as its compiled `.js` neighbour otherwise.
 *  @throws {ParleyError} what `setup` threw; `failsWith` when the module cannot be loaded; `ERR_TIMEOUT` */
export async function startWorker<Request, Response>(
  entry: URL,
  options: WorkerOptions,
): Promise<WorkerHandle<Request, Response>> {
  const thread = new WorkerThread<Request, Response>(spawn(entry, options), options);
  await thread.started();
  return thread;
}

function spawn(entry: URL, { data, gathers = false }: WorkerOptions): Worker {
  const execArgv: string[] = []; // the parent's `--import tsx` must not be inherited
  if (!import.meta.url.endsWith(".ts")) {
    const compiled = entry.href.replace(/\.ts$/, ".js");
    const workerData: Boot = { entry: compiled, data, gathers };
    return new Worker(new URL(compiled), { workerData, execArgv });
  }
  // Its CommonJS form looks for the loader's hooks in the wrong place, and vitest has no import.meta.resolve.
  const api = createRequire(import.meta.url)
    .resolve("tsx/esm/api")
    .replace(/\.cjs$/, ".mjs");
  const loader = pathToFileURL(api).href;
  const boot: Boot & { loader: string } = { entry: entry.href, data, gathers, loader };
  return new Worker(bootTypeScript, { eval: true, workerData: boot, execArgv });
}

interface Pending<Response> {
  resolve(response: Response): void;
  reject(error: ParleyError): void;
}

class WorkerThread<Request, Response> implements WorkerHandle<Request, Response> {
  readonly ended: Promise<ParleyError | undefined>;
  readonly #worker: Worker;
  readonly #options: WorkerOptions;
  readonly #clock: Clock;
  readonly #requests: Gather<Numbered<Request>>;
  /** Ends the wait of what was called patiently. */
  #patience: (() => void) | undefined;
  /** By request id. A call that timed out stays until it is answered: the worker is still busy with it. */
  readonly #pending = new Map<number, Pending<Response>>();
  #state: "starting" | "serving" | "closing" | "ended" = "starting";
  #crash: ParleyError | undefined;
  #onStarted: (failure?: ParleyError) => void = () => {};
  #onIdle: () => void = () => {};
  #closed: Promise<void> | undefined;
  #lastId = 0;

  constructor(worker: Worker, options: WorkerOptions) {
    this.#worker = worker;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#requests = new Gather(
      (requests, transfer) => this.#post(requests, transfer),
      options.gathers === true ? setImmediate : atOnce,
    );
    worker.on("message", (message: FromWorker<Response>) => this.#receive(message));
    worker.on("error", (cause) => this.#crashed(cause));
    worker.on("messageerror", (cause) => {
      this.#crashed(cause);
      void worker.terminate();
    });
    this.ended = new Promise((resolve) => {
      worker.once("exit", (code) => {
        if (this.#state !== "closing") this.#crashed(new Error(`exit code ${code}`));
        this.#state = "ended";
        this.#rejectAll(this.#crash ?? this.#closedError());
        resolve(this.#crash);
      });
    });
  }

  get pending(): number {
    return this.#pending.size;
  }

  started(): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(this.#options.startMsMax ?? 30_000, () => {
        this.#onStarted(new ParleyError("ERR_TIMEOUT", `worker ${this.#options.name} did not start in time`));
      });
      this.#onStarted = (failure) => {
        cancel();
        this.#onStarted = () => {};
        if (failure === undefined) return resolve();
        void this.#worker.terminate().then(() => reject(failure));
      };
    });
  }

  async call(
    request: Request,
    transfer: readonly TransferListItem[] = [],
    when: "now" | "soon" = "now",
  ): Promise<Response> {
    const { name, pendingMax, callMsMax } = this.#options;
    if (this.#crash !== undefined) throw this.#crash;
    if (this.#state !== "serving") throw this.#closedError();
    if (this.#pending.size >= pendingMax) throw new ParleyError("ERR_BUSY", `worker ${name} is busy`);
    const id = ++this.#lastId;
    const patient = when === "soon" && this.#options.gathers === true;
    if (this.#pending.size === 0) this.#worker.ref();
    const response = new Promise<Response>((resolve, reject) => {
      const cancel = this.#clock.after(callMsMax ?? 60_000, () => {
        reject(new ParleyError("ERR_TIMEOUT", `worker ${name} did not answer in time`));
      });
      this.#pending.set(id, {
        resolve: (response) => {
          cancel();
          resolve(response);
        },
        reject: (error) => {
          cancel();
          reject(error);
        },
      });
    });
    this.#requests.add([id, request], transfer, patient);
    if (patient) this.#flushSoon();
    return response;
  }

  #post(requests: readonly Numbered<Request>[], transfer: readonly TransferListItem[]): void {
    const post = (some: readonly Numbered<Request>[], moved: readonly TransferListItem[]): void =>
      this.#worker.postMessage({ type: "requests", requests: some } satisfies ToWorker<Request>, moved);
    try {
      post(requests, transfer);
    } catch {
      // one of them cannot be sent (a function, a buffer that is to be moved twice): it alone fails, if it has to
      for (const one of requests) {
        try {
          post([one], []);
        } catch (cause) {
          this.#reject(one[0], cause);
        }
      }
    }
  }

  #reject(id: number, cause: unknown): void {
    const { failsWith, name } = this.#options;
    this.#pending
      .get(id)
      ?.reject(new ParleyError(failsWith, `a request to worker ${name} cannot be sent`, { cause }));
    this.#pending.delete(id);
    this.#settled();
  }

  #flushSoon(): void {
    this.#patience ??= this.#clock.after(patienceMs, () => {
      this.#patience = undefined;
      this.#requests.flush();
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.#state === "ended" || this.#crash !== undefined) return void (await this.ended);
    this.#state = "closing";
    this.#worker.ref();
    this.#patience?.();
    this.#requests.flush();
    const cancel = this.#clock.after(this.#options.closeMsMax ?? 10_000, () => void this.#worker.terminate());
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    if (this.#pending.size > 0) await Promise.race([idle, this.ended]);
    this.#worker.postMessage({ type: "close" } satisfies ToWorker<Request>);
    await this.ended;
    cancel();
  }

  #receive(message: FromWorker<Response>): void {
    if (message.type === "ready") {
      this.#state = "serving";
      this.#worker.unref();
      return this.#onStarted();
    }
    if (message.type === "unready") return this.#onStarted(this.#revive(message.failure));
    for (const answer of message.answers) {
      const waiting = this.#pending.get(answer.id);
      assert(waiting !== undefined, "a worker answers a request once");
      this.#pending.delete(answer.id);
      if ("response" in answer) waiting.resolve(answer.response);
      else waiting.reject(this.#revive(answer.failure));
    }
    this.#settled();
  }

  #settled(): void {
    if (this.#pending.size > 0) return;
    if (this.#state === "serving") this.#worker.unref();
    this.#onIdle();
  }

  #revive({ code, message, stack }: Failure): ParleyError {
    const cause = new Error(message);
    if (stack !== undefined) cause.stack = stack;
    if (code !== undefined) return new ParleyError(code, message, { cause });
    return new ParleyError(this.#options.failsWith, `worker ${this.#options.name} failed`, { cause });
  }

  /** Its end follows, and rejects what is pending. */
  #crashed(cause: unknown): void {
    const { failsWith, name } = this.#options;
    this.#crash ??= new ParleyError(failsWith, `worker ${name} crashed`, { cause });
    this.#onStarted(this.#crash);
  }

  #rejectAll(error: ParleyError): void {
    for (const waiting of this.#pending.values()) waiting.reject(error);
    this.#pending.clear();
  }

  #closedError(): ParleyError {
    return new ParleyError("ERR_CLOSED", `worker ${this.#options.name} is closed`);
  }
}

/** Serves this thread's starter. Called once, by the module that `startWorker` was given.
 *  @param setup gets `WorkerOptions.data`; what it throws is what `startWorker` throws */
export async function serveWorker<Data, Request, Response>(
  setup: (data: Data) => MaybePromise<WorkerService<Request, Response>>,
): Promise<void> {
  assert(parentPort !== null, "serveWorker runs in a worker");
  const port = parentPort;
  const boot = workerData as { data: Data; gathers: boolean };
  const send = (message: FromWorker<Response>, transfer: readonly TransferListItem[] = []): void =>
    port.postMessage(message, transfer);
  let service: WorkerService<Request, Response>;
  try {
    service = await setup(boot.data);
  } catch (error) {
    return send({ type: "unready", failure: failureOf(error) });
  }
  const answers = new Gather<Answer<Response>>(
    (gathered, transfer) => send({ type: "answers", answers: gathered }, transfer),
    // answers to calls that end together come one microtask after the other
    boot.gathers ? queueMicrotask : atOnce,
  );
  const answer = async (id: number, request: Request): Promise<void> => {
    try {
      const { response, transfer } = await service.handle(request);
      answers.add({ id, response }, transfer);
    } catch (error) {
      answers.add({ id, failure: failureOf(error) });
    }
  };
  const close = async (): Promise<void> => {
    await service.close?.();
    port.close(); // nothing keeps the thread alive then, unless the service left something running
  };
  port.on("message", (message: ToWorker<Request>) => {
    if (message.type === "close") void close();
    else for (const [id, request] of message.requests) void answer(id, request);
  });
  send({ type: "ready" });
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { code: undefined, message: String(error), stack: undefined };
  const code = error instanceof ParleyError ? error.code : undefined;
  return { code, message: error.message, stack: error.stack };
}
