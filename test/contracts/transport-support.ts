import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { newSessionId, randomToken } from "../../src/lib/ids.ts";
import { jobSubject } from "../../src/transport/subjects.ts";
import type { Delivery, JobQueue, Transport } from "../../src/transport/transport.ts";

export const bytes = (words: string): Uint8Array => new TextEncoder().encode(words);
export const words = (payload: Uint8Array | undefined): string => new TextDecoder().decode(payload);

/** Subject and id of a job that is like no other. */
export const newJob = (queue: JobQueue): { readonly subject: string; readonly id: string } => ({
  subject: jobSubject(queue, newSessionId(), `resp_${randomToken()}`),
  id: randomToken(),
});

/** The next job of a queue.
 *  @throws when none comes within the deadline */
export async function take(transport: Transport, queue: JobQueue, deadlineMs = 8_000): Promise<Delivery> {
  const delivery = await takeIfAny(transport, queue, deadlineMs);
  assert(delivery !== undefined, `no job of ${queue} came in ${deadlineMs} ms`);
  return delivery;
}

/** The next job of a queue, or undefined when none comes within `ms`. */
export const takeIfAny = (transport: Transport, queue: JobQueue, ms: number): Promise<Delivery | undefined> =>
  transport.jobs.consume(queue).next(AbortSignal.timeout(ms));

/** For what must not happen: `"nothing"` after a span in which it would have. */
export const never = (ms: number): Promise<"nothing"> => wait(ms, "nothing");
