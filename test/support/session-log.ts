import type { Clock } from "../../src/lib/clock.ts";
import { ParleyError } from "../../src/lib/errors.ts";
import type { SessionId, TenantId } from "../../src/lib/ids.ts";
import { decodeLogRecord } from "../../src/protocol/log-record.ts";
import type { LogEntry } from "../../src/protocol/log-record.ts";
import type { AppendOutcome, LoggedRecord } from "../../src/transport/transport.ts";
import type { Random } from "./random.ts";

export interface LogFaults {
  /** Longest time to an acknowledgement, ms. */
  readonly ackMsMax: number;
  /** Chance that an append fails and leaves nothing. */
  readonly failed: number;
  /** Chance that an append is kept and its acknowledgement lost. */
  readonly lost: number;
}

/** The log of one session, slow and unreliable within the rules of its port, which knows what its caller can know. */
export class UnreliableLog {
  readonly records: LoggedRecord[] = [];
  /** Entries whose record the caller has learnt to be there. */
  readonly acknowledged: LogEntry[] = [];
  #known = 0;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #faults: LogFaults;

  constructor(clock: Clock, random: Random, faults: LogFaults) {
    this.#clock = clock;
    this.#random = random;
    this.#faults = faults;
  }

  get entries(): readonly LogEntry[] {
    return this.records.flatMap(({ record }) => decodeLogRecord(record).entries);
  }

  async appendLog(
    tenant: TenantId,
    session: SessionId,
    record: Uint8Array,
    expected: number,
  ): Promise<AppendOutcome> {
    await this.#wait();
    if (this.#random.chance(this.#faults.failed)) throw new ParleyError("ERR_STORE", "not kept");
    const last = this.records.at(-1)?.sequence ?? 0;
    if (last !== expected) return { outcome: "refused" };
    const sequence = last + this.#random.int(1, 5);
    this.records.push({ sequence, tenant, session, record });
    await this.#wait();
    if (this.#random.chance(this.#faults.lost)) throw new ParleyError("ERR_TIMEOUT", "kept, but unheard of");
    this.#learn();
    return { outcome: "appended", sequence };
  }

  async lastLog(): Promise<LoggedRecord | undefined> {
    await this.#wait();
    this.#learn();
    return this.records.at(-1);
  }

  async readLog(sequence: number): Promise<LoggedRecord | undefined> {
    return this.records.find((one) => one.sequence === sequence);
  }

  async purgeLog(): Promise<void> {
    this.records.length = 0;
  }

  #learn(): void {
    for (const { record } of this.records.slice(this.#known))
      this.acknowledged.push(...decodeLogRecord(record).entries);
    this.#known = this.records.length;
  }

  #wait(): Promise<void> {
    const ms = this.#random.int(0, this.#faults.ackMsMax);
    return ms === 0 ? Promise.resolve() : new Promise((resolve) => void this.#clock.after(ms, resolve));
  }
}
