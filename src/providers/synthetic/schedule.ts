import type { Clock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";

/** A schedule that begins now. Its times are counted from the start, so that a timer that comes late makes nothing
 *  after it late. */
export class Schedule {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #startMs: number;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    this.#startMs = clock.monotonic();
  }

  /** Waits until `ms` after the start; not at all when that has passed. Never returns early.
   *  @throws {ParleyError} `ERR_ABORTED` when the signal has fired, also in mid-wait */
  async reach(ms: number): Promise<void> {
    for (;;) {
      if (this.#signal.aborted) throw new ParleyError("ERR_ABORTED", "nobody wants the result any more");
      const left = this.#startMs + ms - this.#clock.monotonic();
      if (left <= 0) return;
      await this.#sleep(left); // a timer of whole milliseconds may fire a fraction before its time
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        cancel();
        this.#signal.removeEventListener("abort", finish);
        resolve();
      };
      const cancel = this.#clock.after(ms, finish);
      this.#signal.addEventListener("abort", finish, { once: true });
    });
  }
}
