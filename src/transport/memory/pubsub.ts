import { ParleyError } from "../../lib/errors.ts";
import type { Message, Subscription } from "../transport.ts";
import { Fifo } from "./fifo.ts";
import { assertSubject, parsePattern, type Pattern, prefixesOf } from "./subjects.ts";

export interface PubSubOptions {
  /** Messages published and not delivered yet; one more is dropped, as delivery is at most once. */
  readonly undeliveredMax: number;
  /** Told what a handler threw, and of drops. */
  readonly onError: (error: unknown, subject: string) => void;
}

/** Messages delivered before the event loop turns once. A receiver may do all of its work in its handler: at 100 µs each,
 *  sockets wait no longer than a client's frame lasts. */
const deliveriesPerTurnMax = 128;

interface Subscriber {
  readonly handler: (message: Message) => void;
  /** Number of the first message that was published after it came. */
  readonly from: number;
}

/** Delivery of messages to whoever had subscribed when they were published, in the order of publication, after the
 *  publisher's turn of the event loop. */
export class PubSub {
  readonly #options: PubSubOptions;
  readonly #subscribers: Readonly<Record<Pattern["kind"], Map<string, Set<Subscriber>>>> = {
    exact: new Map(),
    one: new Map(),
    many: new Map(),
  };
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
    const ofKind = this.#subscribers[kind];
    const subscribers = ofKind.get(key) ?? new Set();
    const subscriber = { handler, from: this.#delivered + this.#undelivered.length };
    ofKind.set(key, subscribers.add(subscriber));
    const close = (): void => {
      subscribers.delete(subscriber);
      if (subscribers.size === 0 && ofKind.get(key) === subscribers) ofKind.delete(key);
    };
    return { ready: Promise.resolve(), close };
  }

  close(): void {
    this.#closed = true;
    for (const ofKind of Object.values(this.#subscribers)) {
      for (const subscribers of ofKind.values()) subscribers.clear();
      ofKind.clear();
    }
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

  /** The most exact subscription first. */
  #deliver(message: Message, number: number): void {
    const { exact, one, many } = this.#subscribers;
    const { subject } = message;
    this.#deliverTo(exact.get(subject), message, number);
    if (one.size > 0)
      this.#deliverTo(one.get(subject.slice(0, subject.lastIndexOf(".") + 1)), message, number);
    if (many.size === 0) return;
    for (const prefix of prefixesOf(subject)) this.#deliverTo(many.get(prefix), message, number);
  }

  #deliverTo(subscribers: ReadonlySet<Subscriber> | undefined, message: Message, number: number): void {
    if (subscribers === undefined) return;
    // A set leaves out what is deleted while it is walked: no delivery after a close.
    for (const { handler, from } of subscribers) {
      if (from > number) continue;
      try {
        handler(message);
      } catch (error) {
        this.#options.onError(error, message.subject);
      }
    }
  }
}
