import { Samples } from "./percentiles.ts";

/** How often each client sends a frame, ms. */
export const frameMs = 20;

/** Lateness (p99) from which the generator itself is too slow for what is asked of it, ms: above this, a latency may be
 *  its own. */
export const pacerLateMsMax = 5;

/** Runs the clients of a load generator, each once every `frameMs`: one timer for all, on an absolute schedule, so that
 *  what is late catches up and the rate stays what was asked for. The schedule is a wheel with a slot for each
 *  millisecond of the period. */
export class Pacer {
  readonly #slots: (() => void)[][] = Array.from({ length: frameMs }, () => []);
  #late = new Samples();
  #timer: NodeJS.Timeout | undefined;
  #origin = 0;
  /** Milliseconds since the origin of the next slot to run. */
  #next = 0;

  /** @param phase 0 to `frameMs`, exclusive: when in each period
   *  @returns removes it; not to be called from within a tick */
  add(phase: number, tick: () => void): () => void {
    const slot = this.#slots[Math.floor(phase) % frameMs] ?? [];
    slot.push(tick);
    return () => {
      const at = slot.indexOf(tick);
      if (at >= 0) slot.splice(at, 1);
    };
  }

  start(): void {
    this.#origin = performance.now();
    this.#next = 0;
    this.#run();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** How late each slot ran since the last call, ms. */
  takeLateness(): Samples {
    const taken = this.#late;
    this.#late = new Samples();
    return taken;
  }

  #run(): void {
    for (;;) {
      const late = performance.now() - this.#origin - this.#next;
      if (late < 0) break;
      const slot = this.#slots[this.#next % frameMs] ?? [];
      this.#next += 1;
      if (slot.length === 0) continue;
      this.#late.add(late);
      for (const tick of slot) tick();
    }
    this.#timer = setTimeout(() => this.#run(), 1);
  }
}
