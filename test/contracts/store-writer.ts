import type { SessionId, TenantId } from "../../src/lib/ids.ts";
import type { PageRequest, Store, StoredItem } from "../../src/persistence/store.ts";
import type { LogEntry, LogRecord } from "../../src/protocol/log-record.ts";
import type { AppendOutcome } from "../../src/transport/transport.ts";
import { newKey, record } from "./records.ts";

/** Writes a session's records one after the other, numbered. */
export class Writer {
  readonly tenant: TenantId;
  readonly session: SessionId;
  readonly #store: () => Store;
  last = 0;
  n = 0;

  constructor(store: () => Store, key = newKey()) {
    this.#store = store;
    this.tenant = key.tenant;
    this.session = key.session;
  }

  async append(entries: readonly LogEntry[], fields: Partial<LogRecord> = {}): Promise<number> {
    this.n += 1;
    const bytes = record(entries, { n: this.n, prev: this.last, at: 1_000 * this.n, ...fields });
    this.last = sequenceOf(await this.#store().appendLog(this.tenant, this.session, bytes, this.last));
    return this.last;
  }

  async items(page: PageRequest = { limit: 100 }): Promise<readonly StoredItem[]> {
    return (await this.#store().items(this.tenant, this.session, page)).entries;
  }
}

export function sequenceOf(outcome: AppendOutcome): number {
  if (outcome.outcome !== "appended") throw new Error("the append was refused");
  return outcome.sequence;
}
