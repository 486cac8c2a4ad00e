import type { Clock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import type { ItemId, NodeId, RecordId, ResponseId, SessionId, TenantId } from "../../lib/ids.ts";
import { newRecordId } from "../../lib/ids.ts";
import { decodeLogRecord, encodeLogRecord } from "../../protocol/log-record.ts";
import type { LogEntry } from "../../protocol/log-record.ts";
import { pack } from "../../protocol/pack.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import type { SessionLog } from "../../transport/transport.ts";

/** Waits between attempts to append a record whose outcome is unknown, ms. */
const retryMs = [50, 100, 200, 400, 800, 1_000] as const;
/** After this long without an answer the answers in progress are given up. */
export const logStallMsMax = 8_000;
/** After this long the session is. */
const logGiveUpMsMax = 60_000;
/** Groups that may wait, for the log or for the client. */
export const groupsMax = 16_384;
/** What those groups may hold together, bytes; one group may go beyond it. More than 20 minutes of audio: only a client
 *  that sends a lot while the log stalls, or does not read what it asks for, comes here. */
export const waitingBytesMax = 64 * 1024 * 1024;

/** Entries that share a record are this long together, so that it fits a message between nodes (1 MiB), bytes. */
const recordBytesMax = 896 * 1024;
/** An entry or an event without its words, bytes. */
const entryBytes = 256;

/** Entries to log, and what may be said once they are. */
export interface OutboxGroup {
  readonly log: readonly LogEntry[];
  readonly events: readonly ServerEvent[];
  readonly notify?: { readonly response: ResponseId; readonly segment: number };
  /** Reads more events for this place. Called when it is their turn, so that of what is large no more is held than the
   *  client takes; must not reject. */
  readonly later?: () => Promise<readonly ServerEvent[]>;
  /** Called when the log has the entries. */
  readonly logged?: () => void;
  /** Called when the events have left. */
  readonly afterwards?: () => void;
}

export interface OutboxDeps {
  readonly tenant: TenantId;
  readonly session: SessionId;
  readonly node: NodeId;
  readonly model: string;
  readonly log: SessionLog;
  readonly clock: Clock;
  /** Sends one event; false when the client does not keep up: `resume` goes on. */
  send(event: ServerEvent, id: string): boolean;
  /** Runs `sends`; what is sent in it may leave as one. */
  together(sends: () => void): void;
  logged(notify: { readonly response: ResponseId; readonly segment: number }): void;
  stalled(): void;
  /** The session is another's now, or cannot be kept: nothing more is announced. */
  lost(error: ParleyError): void;
}

interface Waiting {
  readonly log: readonly LogEntry[];
  events: readonly ServerEvent[];
  readonly notify?: OutboxGroup["notify"];
  readonly logged?: () => void;
  readonly afterwards?: () => void;
  acknowledged: boolean;
  later: OutboxGroup["later"];
  /** About what its entries take in a record, bytes. */
  readonly logBytes: number;
  /** About what it holds, entries included, bytes. */
  bytes: number;
}

/** The first groups that one record can hold; at least one. */
function fitting(groups: readonly Waiting[]): readonly Waiting[] {
  let bytes = 0;
  const beyond = groups.findIndex(({ logBytes }) => {
    bytes += logBytes;
    return bytes > recordBytesMax;
  });
  return beyond === -1 ? groups : groups.slice(0, Math.max(1, beyond));
}

/** About what an entry takes. */
function bytesOf(entry: LogEntry): number {
  if (entry.type === "configured") return pack(entry).byteLength;
  const item = entry.type === "item" ? entry.item : entry;
  const parts = item.type === "message" ? item.content : [item];
  const texts = parts.flatMap((part) => Object.values(part)).filter((text) => typeof text === "string");
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), entryBytes);
}

/** About what an event holds by itself. Items, settings and answers that it shows are those of its group's entries, or of
 *  events beside it, and are counted there. */
function heldBy(event: ServerEvent): number {
  if (event.type === "response.output_audio.delta") return entryBytes + event.delta.length;
  let bytes = entryBytes;
  for (const value of Object.values(event)) if (typeof value === "string") bytes += value.length;
  return bytes;
}

/** Says to the client only what the log holds, in order. One append is in flight at a time; what becomes ready
 *  meanwhile shares the next record. */
export class Outbox {
  private readonly deps: OutboxDeps;
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private appending = false;
  private pumping = false;
  private blocked = false;
  /** The first group's events are still being read. */
  private reading = false;
  private ended = false;
  private n = 0;
  private previous = 0;
  private sent = 0;
  epoch = 0;

  constructor(deps: OutboxDeps) {
    this.deps = deps;
  }

  /** Takes ownership of a new session: its first record.
   *  @throws {ParleyError} `ERR_LOG_CONFLICT` */
  async open(): Promise<void> {
    const { node, model } = this.deps;
    this.epoch = await this.append([{ type: "owner", node, model }]);
  }

  push(group: OutboxGroup): void {
    if (this.ended) return;
    if (this.waiting.length >= groupsMax || this.waitingBytes >= waitingBytesMax) {
      this.end(new ParleyError("ERR_BUSY", "more waits to be said than a session may hold"));
      return;
    }
    const logBytes = group.log.reduce((sum, entry) => sum + bytesOf(entry), 0);
    const bytes = group.events.reduce((sum, event) => sum + heldBy(event), logBytes);
    this.waitingBytes += bytes;
    const acknowledged = group.log.length === 0;
    this.waiting.push({ later: undefined, ...group, acknowledged, logBytes, bytes });
    this.flush();
    this.pumpSoon();
  }

  /** Audio of this response that has not left yet is not worth sending.
   *  @returns bytes that were dropped, by item */
  dropAudio(response: ResponseId): ReadonlyMap<ItemId, number> {
    const dropped = new Map<ItemId, number>();
    for (const group of this.waiting) {
      group.events = group.events.filter((event) => {
        if (event.type !== "response.output_audio.delta" || event.response_id !== response) return true;
        const item = event.item_id as ItemId;
        dropped.set(item, (dropped.get(item) ?? 0) + event.delta.length);
        group.bytes -= heldBy(event);
        this.waitingBytes -= heldBy(event);
        return false;
      });
    }
    return dropped;
  }

  /** The client reads again. */
  resume(): void {
    this.blocked = false;
    this.flush();
  }

  /** Appends what is left, and `closed`; settles when it is logged or cannot be.
   *  @returns whether it is logged */
  async close(reason: string): Promise<boolean> {
    if (this.ended) return false;
    this.push({ log: [{ type: "closed", reason }], events: [] });
    const logged = await this.drained;
    this.ended = true;
    return logged;
  }

  private settleDrained: (logged: boolean) => void = () => {};
  private readonly drained = new Promise<boolean>((resolve) => {
    this.settleDrained = resolve;
  });

  private end(error: ParleyError): void {
    if (this.ended) return;
    this.ended = true;
    this.waiting = [];
    this.waitingBytes = 0;
    this.settleDrained(false);
    this.deps.lost(error);
  }

  private get canSend(): boolean {
    const [first] = this.waiting;
    return !this.blocked && !this.ended && !this.reading && first?.acknowledged === true;
  }

  private flush(): void {
    if (!this.canSend) return;
    const single = this.waiting.length === 1 && (this.waiting[0]?.events.length ?? 0) <= 1;
    if (single) this.sendWaiting();
    else this.deps.together(() => this.sendWaiting());
  }

  private sendWaiting(): void {
    while (this.canSend) {
      const [group] = this.waiting;
      if (group === undefined) return;
      if (group.later !== undefined) return this.read(group, group.later);
      this.waiting.shift();
      this.waitingBytes -= group.bytes;
      for (const event of group.events) {
        this.sent += 1;
        if (!this.deps.send(event, `event_${this.epoch}.${this.sent}`)) this.blocked = true;
      }
      group.afterwards?.();
    }
  }

  /** What is pushed in one turn of the event loop shares a record. */
  private pumpSoon(): void {
    if (this.pumping || this.appending) return;
    this.pumping = true;
    queueMicrotask(() => {
      this.pumping = false;
      this.pump();
    });
  }

  private read(group: Waiting, later: () => Promise<readonly ServerEvent[]>): void {
    group.later = undefined;
    this.reading = true;
    void later().then((events) => {
      group.events = [...group.events, ...events];
      this.reading = false;
      this.flush();
    });
  }

  /** Appends whatever entries wait, unless an append is in flight. */
  private pump(): void {
    if (this.appending || this.ended) return;
    const groups = fitting(this.waiting.filter((group) => !group.acknowledged));
    if (groups.length === 0) return;
    this.appending = true;
    this.append(groups.flatMap((group) => group.log)).then(
      () => {
        this.appending = false;
        for (const group of groups) {
          group.acknowledged = true;
          group.logged?.();
          if (group.log.some((entry) => entry.type === "closed")) this.settleDrained(true);
        }
        if (this.ended) return;
        this.flush();
        for (const group of groups) if (group.notify !== undefined) this.deps.logged(group.notify);
        this.pump();
      },
      (error: unknown) => {
        this.appending = false;
        this.end(
          error instanceof ParleyError
            ? error
            : new ParleyError("ERR_STORE", "the session's log failed", { cause: error }),
        );
      },
    );
  }

  /** Appends one record and waits until it is there, for sure.
   *  @returns its sequence */
  private async append(entries: readonly LogEntry[]): Promise<number> {
    const { clock } = this.deps;
    const id = newRecordId();
    const record = encodeLogRecord({
      n: this.n + 1,
      prev: this.previous,
      epoch: this.epoch,
      id,
      at: clock.now(),
      entries,
    });
    const begun = clock.monotonic();
    const stopWatching = clock.after(logStallMsMax, () => this.deps.stalled());
    try {
      return await this.appendUntilKnown(record, id, begun);
    } finally {
      stopWatching();
    }
  }

  private async appendUntilKnown(record: Uint8Array, id: RecordId, begun: number): Promise<number> {
    const { tenant, session, log, clock } = this.deps;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const outcome = await log.append(tenant, session, record, this.previous);
        if (outcome.outcome === "appended") return this.advance(outcome.sequence);
        const last = await log.last(tenant, session);
        if (last !== undefined && decodeLogRecord(last.record).id === id) return this.advance(last.sequence);
        if ((last?.sequence ?? 0) !== this.previous) {
          throw new ParleyError("ERR_LOG_CONFLICT", "the session has a new owner");
        }
        // refused for no reason that shows: as an append without an answer
        throw new ParleyError("ERR_STORE", "the log refused a record that fits");
      } catch (error) {
        if (!(error instanceof ParleyError) || !error.retryable) throw error;
        if (clock.monotonic() - begun > logGiveUpMsMax) throw error;
      }
      const pause = retryMs[Math.min(attempt, retryMs.length - 1)] ?? 1_000;
      await new Promise<void>((resolve) => {
        clock.after(pause, resolve);
      });
    }
  }

  private advance(sequence: number): number {
    this.n += 1;
    this.previous = sequence;
    return sequence;
  }
}
