import type { Clock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import type { FliteProcess } from "./child-process.ts";

/** The process is started again at the next request after a crash, at most so often within `restartWindowMs`. */
const restartsMax = 5;
const restartWindowMs = 60_000;

/** The child process that runs now: started at the first need and again after a crash. */
export class FliteChild {
  readonly #start: () => Promise<FliteProcess>;
  readonly #clock: Clock;
  #process: Promise<FliteProcess> | undefined;
  /** Times of the latest crashes, monotonic ms. */
  #crashes: number[] = [];
  #isClosed = false;

  constructor(start: () => Promise<FliteProcess>, clock: Clock) {
    this.#start = start;
    this.#clock = clock;
  }

  /** @throws {ParleyError} `ERR_CLOSED`; `ERR_PROVIDER` when it does not start, or crashed too often */
  running(): Promise<FliteProcess> {
    if (this.#isClosed) return Promise.reject(new ParleyError("ERR_CLOSED", "the flite voice is closed"));
    if (this.#process !== undefined) return this.#process;
    const now = this.#clock.monotonic();
    this.#crashes = this.#crashes.filter((at) => now - at < restartWindowMs);
    if (this.#crashes.length > restartsMax) {
      return Promise.reject(new ParleyError("ERR_PROVIDER", "the flite voice crashes again and again"));
    }
    const starting = this.#start();
    this.#process = starting;
    const lost = (): void => {
      this.#crashes.push(this.#clock.monotonic());
      this.#process = undefined;
    };
    starting.then((process) => process.ended.then(lost), lost);
    return starting;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#process?.then((process) => process.kill()).catch(() => {}); // it never started: nothing to end
  }
}
