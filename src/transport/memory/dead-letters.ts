import { ParleyError } from "../../lib/errors.ts";
import type { DeadLetter, DeadLetters } from "../transport.ts";
import type { InFlight } from "./in-flight.ts";

export interface DeadLetterBoxOptions {
  /** Dead jobs kept; the oldest is discarded for a new one. */
  readonly lettersMax: number;
  readonly inFlight: InFlight;
  /** Puts a dead job back in its queue. */
  readonly requeue: (letter: DeadLetter) => "accepted" | "full";
}

export class DeadLetterBox implements DeadLetters {
  readonly #options: DeadLetterBoxOptions;
  /** Oldest first. */
  #letters: DeadLetter[] = [];

  constructor(options: DeadLetterBoxOptions) {
    this.#options = options;
  }

  add(letter: DeadLetter): void {
    this.#letters.push(letter);
    if (this.#letters.length > this.#options.lettersMax) this.#letters.shift();
  }

  async list(limit: number): Promise<readonly DeadLetter[]> {
    this.#options.inFlight.assertOpen();
    return this.#letters.toReversed().slice(0, limit);
  }

  /** @throws {ParleyError} `ERR_BUSY` when its queue is full: it stays here */
  async replay(id: string): Promise<boolean> {
    this.#options.inFlight.assertOpen();
    const letter = this.#letters.findLast((one) => one.id === id);
    if (letter === undefined) return false;
    if (this.#options.requeue(letter) === "full")
      throw new ParleyError("ERR_BUSY", `queue ${letter.queue} is full`);
    this.#letters = this.#letters.filter((one) => one !== letter);
    return true;
  }

  clear(): void {
    this.#letters = [];
  }
}
