import type { Clock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";

/** How much before its time something may come, ms. Timers know whole milliseconds: if nothing came early, everything
 *  would come half a millisecond late on average, and all of a turn's waits would add that up. */
export const earlyMsMax = 0.5;
/** How much later than asked a timer comes when nothing else keeps the event loop, ms, as measured. */
const timerLagMs = 0.25;

/** A schedule that begins now. Its times are counted from the start, so that a timer that comes late makes nothing
 *  after it late. */
export class Schedule {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #startMs: number;
  readonly #aborted = (): void => this.#wake();
  #wake: () => void = () => {};

  /** Its end must be told, with `end`. */
  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    this.#startMs = clock.monotonic();
    // once, not for each wait: this costs more than the wait
    signal.addEventListener("abort", this.#aborted);
  }

  end(): void {
    this.#signal.removeEventListener("abort", this.#aborted);
  }

  /** Waits until `ms` after the start, to the nearest millisecond; not at all when that has passed. Never returns more
   *  than `earlyMsMax` early.
   *  @throws {ParleyError} `ERR_ABORTED` when the signal has fired, also in mid-wait */
  async reach(ms: number): Promise<void> {
    for (;;) {
      if (this.#signal.aborted) throw new ParleyError("ERR_ABORTED", "nobody wants the result any more");
      const left = this.#startMs + ms - this.#clock.monotonic();
      if (left <= earlyMsMax) return;
      await this.#sleep(Math.max(1, Math.round(left - timerLagMs))); // may fire before its time, by what the loop's own clock lags behind
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
