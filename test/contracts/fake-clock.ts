import type { Clock } from "../../src/lib/clock.ts";

/** Time that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #now = 1_000_000;
  #timers: { readonly at: number; readonly fn: () => void }[] = [];

  now(): number {
    return this.#now + 1_700_000_000_000;
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), fn };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  /** Runs what falls due on the way, in order, each at its time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let due = this.#next(end); due !== undefined; due = this.#next(end)) {
      this.#now = Math.max(this.#now, due.at);
      due.fn();
    }
    this.#now = end;
  }

  /** The machine stands still: time passes and no timer runs. */
  freeze(ms: number): void {
    this.#now += ms;
  }

  get pending(): number {
    return this.#timers.length;
  }

  #next(end: number): { readonly at: number; readonly fn: () => void } | undefined {
    const [due] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
    this.#timers = this.#timers.filter((one) => one !== due);
    return due;
  }
}
