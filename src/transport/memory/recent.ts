import type { Clock } from "../../lib/clock.ts";
import type { Message } from "../transport.ts";
import { Fifo } from "./fifo.ts";

export interface RecentOptions {
  readonly clock: Clock;
  /** Payload bytes kept over all subjects; the oldest are discarded. */
  readonly bytesMax: number;
}

/** How long a message is kept, ms: whoever misses one asks within two seconds. */
const recentMs = 5_000;

/** The last messages of each subject, as far as age and memory allow. */
export class Recent {
  readonly #options: RecentOptions;
  /** Over all subjects, oldest first: so the oldest of all is also the oldest of its subject. */
  readonly #kept = new Fifo<{ readonly message: Message; readonly at: number }>();
  readonly #bySubject = new Map<string, Fifo<Message>>();
  #bytes = 0;

  constructor(options: RecentOptions) {
    this.#options = options;
  }

  keep(message: Message): void {
    this.#kept.push({ message, at: this.#options.clock.monotonic() });
    this.#bytes += message.payload.byteLength;
    const same = this.#bySubject.get(message.subject) ?? new Fifo();
    same.push(message);
    this.#bySubject.set(message.subject, same);
    this.#discard();
  }

  of(subject: string): readonly Message[] {
    this.#discard();
    return this.#bySubject.get(subject)?.toArray() ?? [];
  }

  clear(): void {
    while (this.#discardOldest());
  }

  #discard(): void {
    const since = this.#options.clock.monotonic() - recentMs;
    for (let oldest = this.#kept.peek(); oldest !== undefined; oldest = this.#kept.peek()) {
      if (oldest.at > since && this.#bytes <= this.#options.bytesMax) return;
      this.#discardOldest();
    }
  }

  #discardOldest(): boolean {
    const oldest = this.#kept.shift();
    if (oldest === undefined) return false;
    const { subject, payload } = oldest.message;
    this.#bytes -= payload.byteLength;
    const same = this.#bySubject.get(subject);
    same?.shift();
    if (same?.length === 0) this.#bySubject.delete(subject);
    return true;
  }
}
