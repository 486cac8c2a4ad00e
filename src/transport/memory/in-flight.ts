import { ParleyError } from "../../lib/errors.ts";

/** Calls that wait for something else, so that `close` can end them. Not `Promise.race` with one promise of the
 *  transport's end: that would hold on to every call until then. */
export class InFlight {
  readonly #calls = new Set<(error: ParleyError) => void>();
  #closed = false;

  /** @throws {ParleyError} `ERR_CLOSED` after `close` */
  assertOpen(): void {
    if (this.#closed) throw new ParleyError("ERR_CLOSED", "the transport is closed");
  }

  /** Settles like `call()`, or rejects with `ERR_CLOSED` when the transport closes first. */
  run<T>(call: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.assertOpen();
      const called = call();
      this.#calls.add(reject);
      called.then(
        (value) => {
          this.#calls.delete(reject);
          resolve(value);
        },
        (error: unknown) => {
          this.#calls.delete(reject);
          reject(error as Error);
        },
      );
    });
  }

  close(): void {
    this.#closed = true;
    for (const reject of this.#calls) reject(new ParleyError("ERR_CLOSED", "the transport closed"));
    this.#calls.clear();
  }
}
