import type { Clock } from "../../lib/clock.ts";
import { Fifo } from "./fifo.ts";

/** Ids seen within a time window, as far as its bound allows. */
export class RecentIds {
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly #idsMax: number;
  readonly #order = new Fifo<{ readonly id: string; readonly at: number }>();
  /** When an id was seen last, in `order` as well. */
  readonly #seenAt = new Map<string, number>();

  constructor(clock: Clock, windowMs: number, idsMax: number) {
    this.#clock = clock;
    this.#windowMs = windowMs;
    this.#idsMax = idsMax;
  }

  has(id: string): boolean {
    this.#forget();
    return this.#seenAt.has(id);
  }

  add(id: string): void {
    const at = this.#clock.monotonic();
    this.#order.push({ id, at });
    this.#seenAt.set(id, at);
    this.#forget();
  }

  #forget(): void {
    const since = this.#clock.monotonic() - this.#windowMs;
    for (let oldest = this.#order.peek(); oldest !== undefined; oldest = this.#order.peek()) {
      if (oldest.at > since && this.#order.length <= this.#idsMax) return;
      this.#order.shift();
      if (this.#seenAt.get(oldest.id) === oldest.at) this.#seenAt.delete(oldest.id);
    }
  }
}
