import {
  type ItemId,
  newNodeId,
  newRecordId,
  newSessionId,
  randomToken,
  type SessionId,
  type TenantId,
} from "../../src/lib/ids.ts";
import type { Item, MessageItem } from "../../src/protocol/items.ts";
import { encodeLogRecord, type LogEntry, type LogRecord } from "../../src/protocol/log-record.ts";

/** Ids that nothing else in the same store or server has. */
export const newKey = (): { tenant: TenantId; session: SessionId } => ({
  tenant: `tenant_${randomToken()}` as TenantId,
  session: newSessionId(),
});

export const newItemId = (): ItemId => `item_${randomToken()}` as ItemId;

export const owner = (model = "model"): LogEntry => ({ type: "owner", node: newNodeId(), model });

export const text = (id: ItemId, words: string): MessageItem => ({
  id,
  object: "realtime.item",
  type: "message",
  role: "user",
  status: "completed",
  content: [{ type: "input_text", text: words }],
});

export const put = (item: Item): LogEntry => ({ type: "item", item, after: null });

/** An encoded record. Time and numbering are those of a session's second record unless told otherwise. */
export const record = (entries: readonly LogEntry[], fields: Partial<LogRecord> = {}): Uint8Array =>
  encodeLogRecord({ n: 2, prev: 1, epoch: 1, id: newRecordId(), at: 1_700_000_000_000, entries, ...fields });
