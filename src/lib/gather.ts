import type { TransferListItem } from "node:worker_threads";

/** Messages that travel to another thread together. */
export class Gather<T> {
  readonly #post: (gathered: readonly T[], transfer: readonly TransferListItem[]) => void;
  readonly #later: (flush: () => void) => void;
  #gathered: T[] = [];
  #transfer: TransferListItem[] = [];
  #scheduled = false;

  /** @param later calls what it is given once everything has come that is to travel together; at once, when nothing is */
  constructor(
    post: (gathered: readonly T[], transfer: readonly TransferListItem[]) => void,
    later: (flush: () => void) => void,
  ) {
    this.#post = post;
    this.#later = later;
  }

  /** @param patient it travels with the next one that is not; the caller sees to it that there is one, or flushes */
  add(message: T, transfer: readonly TransferListItem[] = [], patient = false): void {
    this.#gathered.push(message);
    this.#transfer.push(...transfer);
    if (patient || this.#scheduled) return;
    this.#scheduled = true;
    this.#later(() => this.flush());
  }

  /** Posts what has been gathered by now. */
  flush(): void {
    this.#scheduled = false;
    if (this.#gathered.length === 0) return;
    const gathered = this.#gathered;
    const transfer = this.#transfer;
    this.#gathered = [];
    this.#transfer = [];
    this.#post(gathered, transfer);
  }
}

export const atOnce = (flush: () => void): void => flush();
