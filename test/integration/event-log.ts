import { afterAll } from "vitest";
import type { DialectName } from "../../src/protocol/dialect.ts";
import { orderChecker } from "../support/beta-order.ts";
import type { OrderChecker } from "../support/beta-order.ts";
import { checkServerEvent } from "../support/event-types.ts";

export interface ServerEvent {
  readonly type: string;
  readonly event_id: string;
  readonly [key: string]: unknown;
}

/** A turn of speech takes seconds and the machine may be busy; what takes longer than this is lost, ms. */
const waitMs = 45_000;

/** Keys outside of the client package's types, over all logs of a test file; printed once at its end. */
const extraKeys = new Set<string>();
afterAll(() => {
  const keys = [...extraKeys].toSorted().join(", ");
  process.stdout.write(`Keys of server events beyond the client's types: ${keys === "" ? "none" : keys}\n`);
});

type Where = (event: ServerEvent) => boolean;

/** All that one connection received, each event checked for its type and its order as it comes. */
export class EventLog {
  readonly events: ServerEvent[] = [];
  readonly #dialect: DialectName;
  readonly #order: OrderChecker;
  #read = 0;
  #failure: Error | undefined;
  #wake: () => void = () => {};

  constructor(dialect: DialectName = "ga") {
    this.#dialect = dialect;
    this.#order = orderChecker(dialect);
  }

  accept(event: ServerEvent): void {
    this.events.push(event);
    try {
      const { errors, extraKeys: extra } = checkServerEvent(event, this.#dialect);
      for (const key of extra) extraKeys.add(`${event.type}: ${key}`);
      if (errors.length > 0) throw new Error(`${event.type}: ${errors.join("; ")}`);
      this.#order.accept(event);
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
    }
    this.#wake();
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  /** The next event of this type after the one that the last call found; waits for it.
   *  @throws {Error} at the first event that is wrong, or when nothing fits in time */
  next(type: string, where: Where = () => true): Promise<ServerEvent> {
    return this.nextOf(type, (event) => event.type === type && where(event));
  }

  /** The same for events of any type.
   *  @param what is said to be missing when none comes */
  async nextOf(what: string, where: Where): Promise<ServerEvent> {
    let overdue = false;
    const timer = setTimeout(() => {
      overdue = true;
      this.#wake();
    }, waitMs);
    try {
      for (;;) {
        if (this.#failure !== undefined) throw this.#failure;
        const found = this.#find(where);
        if (found !== undefined) return found;
        if (overdue) throw new Error(`no ${what} after ${this.#types()}`);
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #find(where: Where): ServerEvent | undefined {
    while (this.#read < this.events.length) {
      const event = this.events[this.#read++]!;
      if (where(event)) return event;
    }
    return undefined;
  }

  all(type: string): readonly ServerEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  /** At the end of a quiet conversation: nothing was wrong and all that was opened is closed. */
  finish(): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#order.finish();
  }

  #types(): string {
    return this.events
      .slice(-12)
      .map((event) => (event.type === "error" ? JSON.stringify(event["error"]) : event.type))
      .join(", ");
  }
}

interface ResponseView {
  readonly id: string;
  readonly status: string;
  readonly status_details: { readonly reason?: string } | null;
  readonly output: readonly {
    readonly id: string;
    readonly type: string;
    readonly name?: string;
    readonly call_id?: string;
    readonly arguments?: string;
    readonly content?: readonly { readonly text?: string; readonly transcript?: string }[];
  }[];
}

/** The response inside a `response.…` event. */
export const responseOf = (event: ServerEvent): ResponseView => event["response"] as ResponseView;

/** What a response says, written or spoken. */
export const saidIn = ({ output }: ResponseView): string =>
  output
    .flatMap(({ content = [] }) => content)
    .map(({ text, transcript }) => text ?? transcript ?? "")
    .join(" ");
