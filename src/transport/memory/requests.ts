import type { Clock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import type { Subscription, Transport } from "../transport.ts";
import type { InFlight } from "./in-flight.ts";
import { assertSubject } from "./subjects.ts";

export type Responder = Parameters<Transport["respond"]>[1];

export interface RequestsOptions {
  readonly clock: Clock;
  readonly inFlight: InFlight;
  /** Told what a responder threw. */
  readonly onError: (error: unknown, subject: string) => void;
}

/** Requests and those who answer them. A request reaches its responder after the requester's turn of the event loop. */
export class Requests {
  readonly #options: RequestsOptions;
  /** The last of a subject's responders answers. */
  readonly #responders = new Map<string, { readonly answer: Responder }[]>();

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    return this.#options.inFlight.run(async () => {
      assertSubject(subject);
      const responder = this.#responders.get(subject)?.at(-1);
      if (responder === undefined)
        throw new ParleyError("ERR_NO_RESPONDER", `nobody answers requests on ${subject}`);
      return new Promise((resolve, reject) => {
        const cancel = this.#options.clock.after(timeoutMs, () => {
          reject(new ParleyError("ERR_TIMEOUT", `no answer on ${subject} in ${timeoutMs} ms`));
        });
        const answered = (answer: Uint8Array): void => {
          cancel();
          resolve(answer);
        };
        setImmediate(() => void this.#ask(subject, responder, payload, answered));
      });
    });
  }

  respond(subject: string, answer: Responder): Subscription {
    assertSubject(subject);
    this.#options.inFlight.assertOpen();
    const responder = { answer };
    this.#responders.set(subject, [...(this.#responders.get(subject) ?? []), responder]);
    const close = (): void => {
      const left = (this.#responders.get(subject) ?? []).filter((one) => one !== responder);
      if (left.length > 0) this.#responders.set(subject, left);
      else this.#responders.delete(subject);
    };
    return { ready: Promise.resolve(), close };
  }

  close(): void {
    this.#responders.clear();
  }

  /** A responder that is gone by now, declines or throws leaves the request to its timeout, as over a network. */
  async #ask(
    subject: string,
    responder: { readonly answer: Responder },
    payload: Uint8Array,
    answered: (answer: Uint8Array) => void,
  ): Promise<void> {
    if (this.#responders.get(subject)?.includes(responder) !== true) return;
    try {
      const answer = await responder.answer(payload);
      if (answer !== undefined) answered(answer);
    } catch (error) {
      this.#options.onError(error, subject);
    }
  }
}
