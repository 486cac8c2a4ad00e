import type { TransferListItem } from "node:worker_threads";

/** Messages that travel to another thread together. */
export class Gather<T> {
  readonly #post: (gathered: readonly T[], transfer: readonly TransferListItem[]) => void;
  readonly #later: (flush: () => void) => void;
  #gathered: T[] = [];
  #transfer: TransferListItem[] = [];

  /** @param later calls what it is given once everything has come that is to travel together; at once, when nothing is */
  constructor(
    post: (gathered: readonly T[], transfer: readonly TransferListItem[]) => void,
    later: (flush: () => void) => void,
  ) {
    this.#post = post;
    this.#later = later;
  }

  add(message: T, transfer: readonly TransferListItem[] = []): void {
    this.#gathered.push(message);
    this.#transfer.push(...transfer);
    if (this.#gathered.length === 1) this.#later(() => this.flush());
  }

  /** Posts what has been gathered by now. */
  flush(): void {
    if (this.#gathered.length === 0) return;
    const gathered = this.#gathered;
    const transfer = this.#transfer;
    this.#gathered = [];
    this.#transfer = [];
    this.#post(gathered, transfer);
  }
}

export const atOnce = (flush: () => void): void => flush();
