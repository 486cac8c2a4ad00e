import type { Clock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import type { Store } from "../../persistence/store.ts";
import type { Message, SessionLog, Transport } from "../transport.ts";
import { InFlight } from "./in-flight.ts";
import { MemoryJobs } from "./jobs.ts";
import { Nodes } from "./nodes.ts";
import { PubSub } from "./pubsub.ts";
import { Recent } from "./recent.ts";
import { Requests } from "./requests.ts";

/** What the log of each session is kept in. */
export type LogStore = Pick<Store, "appendLog" | "lastLog" | "readLog" | "purgeLog">;

export interface MemoryTransportOptions extends Partial<MemoryTransportBounds> {
  /** Stays the caller's: closing the transport does not close it. */
  readonly store: LogStore;
  readonly clock: Clock;
  /** Told what a handler or responder threw, and of dropped messages; a process warning when absent. */
  readonly onError?: (error: unknown, subject: string) => void;
}

interface MemoryTransportBounds {
  /** Jobs of one queue that have not ended. */
  readonly jobsPerQueueMax: number;
  /** Their payloads, bytes. */
  readonly bytesPerQueueMax: number;
  /** Jobs of one subject that have not ended. */
  readonly jobsPerSubjectMax: number;
  /** Job ids remembered per queue to find duplicates. */
  readonly jobIdsMax: number;
  readonly deadLettersMax: number;
  /** Messages published and not delivered yet. */
  readonly undeliveredMax: number;
  /** Payload bytes kept for `recent`. */
  readonly recentBytesMax: number;
}

const memoryTransportBounds: MemoryTransportBounds = {
  jobsPerQueueMax: 4_096,
  bytesPerQueueMax: 128 * 1_024 * 1_024,
  jobsPerSubjectMax: 8,
  jobIdsMax: 100_000,
  deadLettersMax: 256,
  undeliveredMax: 65_536,
  recentBytesMax: 64 * 1_024 * 1_024,
};

/** The transport of a program that is whole in one process. Nothing is copied: who publishes bytes hands them over
 *  and does not write to them again, and all receivers share them. A message kept as a job keeps the whole buffer
 *  behind it; one kept for `recent` is copied. */
export function createMemoryTransport(options: MemoryTransportOptions): Transport {
  const { store, clock, onError = warn } = options;
  const bounds = { ...memoryTransportBounds, ...options };
  const inFlight = new InFlight();
  const jobs = new MemoryJobs({ ...bounds, inFlight });
  const nodes = new Nodes(clock, inFlight);
  const pubsub = new PubSub({ undeliveredMax: bounds.undeliveredMax, onError });
  const requests = new Requests({ clock, inFlight, onError });
  const recent = new Recent({ clock, bytesMax: bounds.recentBytesMax });
  let open = true;

  return {
    jobs,
    deadLetters: jobs.deadLetters,
    nodes,
    log: sessionLog(store, inFlight),
    publish(subject, payload) {
      const message: Message = { subject, payload };
      pubsub.publish(message);
      if (open && subject.startsWith("v1.out.")) recent.keep(message);
    },
    subscribe: (subject, handler) => pubsub.subscribe(subject, handler),
    request: (subject, payload, timeoutMs) => requests.request(subject, payload, timeoutMs),
    respond: (subject, handler) => requests.respond(subject, handler),
    async recent(subject) {
      inFlight.assertOpen();
      return recent.of(subject);
    },
    async close() {
      open = false;
      inFlight.close(); // first, so that whoever is woken below finds it closed
      pubsub.close();
      requests.close();
      jobs.close();
      nodes.close();
      recent.clear();
    },
  };
}

function sessionLog(store: LogStore, inFlight: InFlight): SessionLog {
  return {
    append: (tenant, session, record, expected) =>
      inFlight.run(() => store.appendLog(tenant, session, record, expected)),
    last: (tenant, session) => inFlight.run(() => store.lastLog(tenant, session)),
    read: (sequence) => inFlight.run(() => store.readLog(sequence)),
    purge: (tenant, session) => inFlight.run(() => store.purgeLog(tenant, session)),
  };
}

/** Names no content: a payload or a message of an error may hold what was said. */
function warn(error: unknown, subject: string): void {
  const kind = error instanceof ParleyError ? error.code : error instanceof Error ? error.name : typeof error;
  process.emitWarning(`${subject}: ${kind}`, "ParleyTransportWarning");
}
