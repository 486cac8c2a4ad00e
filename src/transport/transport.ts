import type { NodeId, SessionId, TenantId } from "../lib/ids.ts";

/** The work queues. `tts1` holds the first segment of each answer and is served by consumers of its own. */
export const jobQueues = ["stt", "llm", "tts1", "tts", "tool"] as const;
export type JobQueue = (typeof jobQueues)[number];

/** What carries everything between actors of different nodes, and, in one process, between a session and its
 *  workers. Subjects are dot-separated tokens; payloads are opaque bytes that the receiver may keep. */
export interface Transport {
  readonly jobs: Jobs;
  readonly log: SessionLog;
  readonly nodes: NodeDirectory;
  readonly deadLetters: DeadLetters;

  /** Fire and forget; delivered at most once, in order per subject, never before `publish` returned. */
  publish(subject: string, payload: Uint8Array): void;
  /** Delivers what is published from the moment `ready` resolves.
   *  @param subject exact, or ending in `.*` (one token) or `.>` (one or more) */
  subscribe(subject: string, handler: (message: Message) => void): Subscription;
  /** @throws {ParleyError} `ERR_NO_RESPONDER` at once when nobody serves the subject, `ERR_TIMEOUT` when nobody
   *  answers in time (a responder may decline to answer) */
  request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<Uint8Array>;
  /** Serves requests on one subject; the last to register answers. `undefined` leaves the request unanswered. */
  respond(
    subject: string,
    handler: (payload: Uint8Array) => MaybePromise<Uint8Array | undefined>,
  ): Subscription;
  /** What was published on the subject in the last 20 s, oldest first, as far as bounded memory still holds it:
   *  a hint, never the truth. Only `v1.out.>` subjects are kept. */
  recent(subject: string): Promise<readonly Message[]>;
  /** Idempotent. Ends subscriptions and pending `next` calls; calls in flight reject with `ERR_CLOSED`. */
  close(): Promise<void>;
}

type MaybePromise<T> = T | Promise<T>;

export interface Message {
  readonly subject: string;
  readonly payload: Uint8Array;
}

export interface Subscription {
  readonly ready: Promise<void>;
  /** Idempotent; no delivery after it returns. */
  close(): void;
}

/** Work that must survive the crash of whoever does it. */
export interface Jobs {
  /** Queues one job.
   *  `duplicate`: a job of this id was accepted within the duplicate window (2 min), also when it has ended since.
   *  `full`: the queue or this subject is at its bound; the caller decides what to do.
   *  @param subject `v1.job.<queue>.<session>.<response or item>` */
  publish(subject: string, id: string, payload: Uint8Array): Promise<"accepted" | "duplicate" | "full">;
  /** One puller of one queue. Take a slot first, then call `next`, so that nothing ages in a buffer. */
  consume(queue: JobQueue): JobConsumer;
  /** Drops waiting jobs of the subject and forgets those in flight: they are not delivered again.
   *  @param subject of one queue; exact, or ending in `.>` for all below it */
  purge(subject: string): Promise<void>;
  /** Jobs of the queue that wait for a consumer, and the age of the oldest, ms. */
  depth(queue: JobQueue): Promise<{ readonly waiting: number; readonly oldestMs: number }>;
}

export interface JobConsumer {
  /** Waits for one job; `undefined` when the signal fired or the transport closed. */
  next(signal: AbortSignal): Promise<Delivery | undefined>;
}

/** One delivery of a job. Unless it is acknowledged, handed back or kept alive within `ackWaitMs`, the job is
 *  delivered again, to anyone. */
export interface Delivery {
  readonly subject: string;
  readonly id: string;
  readonly payload: Uint8Array;
  /** 1 for the first delivery. */
  readonly count: number;
  /** The job is done; idempotent. */
  ack(): Promise<void>;
  /** Hands the job back; it is delivered again after `delayMs`. */
  nak(delayMs: number): void;
  /** Still at it: the ack-wait starts anew. */
  working(): void;
  /** Ends the job and keeps it, with the reason, among the dead letters. */
  deadLetter(reason: string): Promise<void>;
}

/** How long a delivery may stay silent before its job is delivered again, ms. */
export const ackWaitMs = 2_000;
/** How often a worker says that it is still at it, ms: under a third of `ackWaitMs`. */
export const workingEveryMs = 600;

/** The log of each session: its truth and its fence. A record is appended only right after the one its writer
 *  believes to be the last. */
export interface SessionLog {
  /** Appends `record` when `expected` is the sequence of the session's last record (0: there is none).
   *  Durable when the promise resolves.
   *  `refused`: it is not; read `last` to learn whose record is there.
   *  @throws {ParleyError} `ERR_TIMEOUT`, `ERR_STORE`: the outcome is unknown; the same record may be appended again */
  append(tenant: TenantId, session: SessionId, record: Uint8Array, expected: number): Promise<AppendOutcome>;
  /** The session's last record, never a stale one. */
  last(tenant: TenantId, session: SessionId): Promise<LoggedRecord | undefined>;
  /** The record at a sequence, whatever session wrote it. */
  read(sequence: number): Promise<LoggedRecord | undefined>;
  /** Erases a session's records. */
  purge(tenant: TenantId, session: SessionId): Promise<void>;
}

export type AppendOutcome =
  { readonly outcome: "appended"; readonly sequence: number } | { readonly outcome: "refused" };

export interface LoggedRecord {
  /** Position in the whole log; only grows. */
  readonly sequence: number;
  readonly tenant: TenantId;
  readonly session: SessionId;
  readonly record: Uint8Array;
}

export interface NodeInfo {
  readonly id: NodeId;
  readonly version: string;
  readonly roles: readonly string[];
  /** 0 idle … 1 full. */
  readonly load: number;
  readonly sessions: number;
}

export interface NodeDirectory {
  /** Takes a lease of 5 s under the node's id, renewed each second until `leave`. */
  join(info: NodeInfo): Promise<NodeLease>;
  list(): Promise<readonly NodeInfo[]>;
}

export interface NodeLease {
  update(info: Pick<NodeInfo, "load" | "sessions">): void;
  /** Resolves when the lease ran out although nobody left. */
  readonly lost: Promise<void>;
  leave(): Promise<void>;
}

export interface DeadLetter {
  readonly queue: JobQueue;
  readonly subject: string;
  readonly id: string;
  readonly payload: Uint8Array;
  readonly deliveries: number;
  readonly reason: string;
  /** ms since the Unix epoch */
  readonly at: number;
}

export interface DeadLetters {
  /** Newest first. */
  list(limit: number): Promise<readonly DeadLetter[]>;
  /** Puts a dead job back in its queue as a new job; false when it is not there (any more). */
  replay(id: string): Promise<boolean>;
}
