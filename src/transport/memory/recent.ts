import type { Clock } from "../../lib/clock.ts";
import type { Message } from "../transport.ts";
import { Fifo } from "./fifo.ts";

export interface RecentOptions {
  readonly clock: Clock;
  /** Payload bytes kept over all subjects; the oldest are discarded. */
  readonly bytesMax: number;
}

/** How long a message is kept, ms. */
const recentMs = 20_000;
/** What the ring begins with, bytes; it grows with what comes. */
const ringBytesMin = 1_024 * 1_024;

interface Entry {
  readonly subject: string;
  readonly at: number;
  /** Where its payload is in the ring. */
  readonly start: number;
  readonly end: number;
}

/** The last messages of each subject, as far as age and memory allow. Payloads are copied into one ring of bytes: as
 *  buffers of their own, they would live just long enough to be what the garbage collector has most to do with. */
export class Recent {
  readonly #options: RecentOptions;
  /** Over all subjects, oldest first. */
  #entries = new Fifo<Entry>();
  #ring: Uint8Array;
  /** Behind the newest payload. */
  #head = 0;

  constructor(options: RecentOptions) {
    this.#options = options;
    this.#ring = new Uint8Array(Math.min(ringBytesMin, options.bytesMax));
  }

  keep({ subject, payload }: Message): void {
    const { clock, bytesMax } = this.#options;
    const length = payload.byteLength;
    if (length > bytesMax) return;
    this.#discardOld();
    let start = this.#placeFor(length);
    while (start === undefined) {
      if (this.#ring.length < bytesMax) this.#grow();
      else this.#entries.shift();
      start = this.#placeFor(length);
    }
    this.#put({ subject, at: clock.monotonic(), start, end: start + length }, payload);
  }

  of(subject: string): readonly Message[] {
    this.#discardOld();
    return this.#entries
      .toArray()
      .filter((entry) => entry.subject === subject)
      .map(({ start, end }) => ({ subject, payload: this.#ring.slice(start, end) }));
  }

  clear(): void {
    this.#entries = new Fifo();
  }

  #discardOld(): void {
    const since = this.#options.clock.monotonic() - recentMs;
    for (let oldest = this.#entries.peek(); oldest !== undefined; oldest = this.#entries.peek()) {
      if (oldest.at > since) return;
      this.#entries.shift();
    }
  }

  /** Where so many bytes are free in one piece. */
  #placeFor(length: number): number | undefined {
    const tail = this.#entries.peek()?.start;
    if (tail === undefined) return length <= this.#ring.length ? 0 : undefined;
    if (this.#head <= tail) return tail - this.#head >= length ? this.#head : undefined;
    if (this.#ring.length - this.#head >= length) return this.#head;
    return tail >= length ? 0 : undefined;
  }

  #put(entry: Entry, payload: Uint8Array): void {
    this.#ring.set(payload, entry.start);
    this.#head = entry.end;
    this.#entries.push(entry);
  }

  #grow(): void {
    const old = this.#ring;
    const entries = this.#entries.toArray();
    this.#ring = new Uint8Array(Math.min(2 * old.length, this.#options.bytesMax));
    this.#entries = new Fifo();
    this.#head = 0;
    for (const { subject, at, start, end } of entries) {
      const moved = { subject, at, start: this.#head, end: this.#head + end - start };
      this.#put(moved, old.subarray(start, end));
    }
  }
}
