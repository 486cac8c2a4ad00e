import { ParleyError } from "../../lib/errors.ts";
import type { Message, Subscription } from "../transport.ts";
import { Fifo } from "./fifo.ts";
import { assertSubject, parsePattern, patternsOf } from "./subjects.ts";

export interface PubSubOptions {
  /** Messages published and not delivered yet; one more is dropped, as delivery is at most once. */
  readonly undeliveredMax: number;
  /** Told what a handler threw, and of drops. */
  readonly onError: (error: unknown, subject: string) => void;
}

/** Messages delivered before the event loop turns once. */
const deliveriesPerTurnMax = 1_024;

interface Subscriber {
  readonly handler: (message: Message) => void;
  /** Number of the first message that was published after it came. */
  readonly from: number;
}

/** Delivery of messages to whoever had subscribed when they were published, in the order of publication, after the
 *  publisher's turn of the event loop. */
export class PubSub {
  readonly #options: PubSubOptions;
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  readonly #undelivered = new Fifo<Message>();
  #delivered = 0;
  #scheduled = false;
  #closed = false;

  constructor(options: PubSubOptions) {
    this.#options = options;
  }

  publish(message: Message): void {
    assertSubject(message.subject);
    if (this.#closed) return;
    if (this.#undelivered.length >= this.#options.undeliveredMax) {
      this.#options.onError(new ParleyError("ERR_BUSY", "a message was dropped"), message.subject);
      return;
    }
    this.#undelivered.push(message);
    this.#schedule();
  }

  subscribe(pattern: string, handler: (message: Message) => void): Subscription {
    const { kind, key } = parsePattern(pattern);
    if (this.#closed) throw new ParleyError("ERR_CLOSED", "the transport is closed");
    const name = `${kind} ${key}`;
    const subscribers = this.#subscribers.get(name) ?? new Set();
    const subscriber = { handler, from: this.#delivered + this.#undelivered.length };
    this.#subscribers.set(name, subscribers.add(subscriber));
    const close = (): void => {
      subscribers.delete(subscriber);
      if (subscribers.size === 0 && this.#subscribers.get(name) === subscribers)
        this.#subscribers.delete(name);
    };
    return { ready: Promise.resolve(), close };
  }

  close(): void {
    this.#closed = true;
    for (const subscribers of this.#subscribers.values()) subscribers.clear();
    this.#subscribers.clear();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      for (let left = deliveriesPerTurnMax; left > 0; left -= 1) {
        const message = this.#undelivered.shift();
        if (message === undefined) return;
        this.#deliver(message, this.#delivered);
        this.#delivered += 1;
      }
      if (this.#undelivered.length > 0) this.#schedule();
    });
  }

  #deliver(message: Message, number: number): void {
    for (const { kind, key } of patternsOf(message.subject)) {
      // A set leaves out what is deleted while it is walked: no delivery after a close.
      for (const { handler, from } of this.#subscribers.get(`${kind} ${key}`) ?? []) {
        if (from > number) continue;
        try {
          handler(message);
        } catch (error) {
          this.#options.onError(error, message.subject);
        }
      }
    }
  }
}
