import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Clock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import type { FliteAnswer, FliteCall } from "./child.ts";

/** How long the process may take until it is ready, ms. */
const startMsMax = 20_000;
/** How long one piece may take, ms, with all that waits before it; it takes some 50. Then the process is killed. */
const callMsMax = 15_000;

interface Pending {
  resolve(samples: Int16Array): void;
  reject(error: ParleyError): void;
}

/** One running child process. It ends once and is not started again; see `FliteChild`. */
export class FliteProcess {
  /** Settles when the process has ended, whatever the reason. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();
  #hasEnded = false;
  #lastId = 0;

  /** Starts it and waits until it is ready.
   *  @throws {ParleyError} `ERR_PROVIDER` when it does not come up, `ERR_PROVIDER_TIMEOUT` */
  static async start(clock: Clock): Promise<FliteProcess> {
    const started = new FliteProcess(spawn(), clock);
    try {
      await started.#answerTo(0, startMsMax);
    } finally {
      started.#unref();
    }
    return started;
  }

  private constructor(child: ChildProcess, clock: Clock) {
    this.#child = child;
    this.#clock = clock;
    this.ended = new Promise((resolve) => {
      const end = (cause?: unknown): void => {
        this.#hasEnded = true;
        const error = new ParleyError("ERR_PROVIDER", "the flite process crashed", { cause });
        for (const waiting of this.#pending.values()) waiting.reject(error);
        this.#pending.clear();
        resolve();
      };
      child.once("error", end);
      child.once("exit", () => end());
    });
    child.on("message", (answer: FliteAnswer) => this.#receive(answer));
  }

  /** Pieces are made in the order of the calls.
   *  @throws {ParleyError} `ERR_PROVIDER` when the process ended, `ERR_PROVIDER_REJECTED` when the engine failed on
   *    this text, `ERR_PROVIDER_TIMEOUT` */
  async speak(call: Omit<FliteCall, "id">): Promise<Int16Array> {
    if (this.#hasEnded) throw new ParleyError("ERR_PROVIDER", "the flite process crashed");
    const id = ++this.#lastId;
    this.#child.ref();
    this.#child.channel?.ref();
    this.#child.send({ id, ...call } satisfies FliteCall, () => {}); // a failure to send shows as the end
    return this.#answerTo(id, callMsMax);
  }

  /** Idempotent. What is pending is rejected. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }

  #answerTo(id: number, msMax: number): Promise<Int16Array> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(msMax, () => {
        this.#pending.delete(id);
        reject(new ParleyError("ERR_PROVIDER_TIMEOUT", "flite did not answer in time"));
        void this.kill();
      });
      this.#pending.set(id, {
        resolve: (samples) => (cancel(), resolve(samples)),
        reject: (error) => (cancel(), reject(error)),
      });
    });
  }

  #receive({ id, samples }: FliteAnswer): void {
    const waiting = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#unref();
    if (id === 0) waiting?.resolve(new Int16Array(0));
    else if (samples !== undefined) waiting?.resolve(samples);
    else waiting?.reject(new ParleyError("ERR_PROVIDER_REJECTED", "flite cannot speak this text"));
  }

  /** An idle child does not keep the program alive. */
  #unref(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }
}

function spawn(): ChildProcess {
  const isSource = import.meta.url.endsWith(".ts");
  const entry = new URL(isSource ? "./child.ts" : "./child.js", import.meta.url);
  const execArgv = isSource
    ? ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href]
    : [];
  // Advanced serialisation carries typed arrays; the engine has nothing to say on the terminal.
  return fork(fileURLToPath(entry), {
    execArgv,
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
}
