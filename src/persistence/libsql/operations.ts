import type { ItemId, SessionId, TenantId } from "../../lib/ids.ts";
import type { Item } from "../../protocol/items.ts";
import { decodeLogRecord } from "../../protocol/log-record.ts";
import type { AppendOutcome, LoggedRecord } from "../../transport/transport.ts";
import { changeItem, type ItemWrite, projectRecord, type SessionWrite } from "../projection.ts";
import type { AudioBlock, Deletion, StoredItem, StoredSession, VoiceInteraction } from "../store.ts";
import { prepare, type Sql } from "./database.ts";
import type { Durability } from "./group-commit.ts";

/** What the store's thread does, one at a time and synchronously, inside a transaction of its caller. A page is asked
 *  for by the position before it and comes with one entry more than asked when there is another page. */
export interface Operations {
  appendLog(tenant: TenantId, session: SessionId, record: Uint8Array, expected: number): AppendOutcome;
  lastLog(tenant: TenantId, session: SessionId): LoggedRecord | undefined;
  readLog(sequence: number): LoggedRecord | undefined;
  purgeLog(tenant: TenantId, session: SessionId): void;
  session(tenant: TenantId, session: SessionId): StoredSession | undefined;
  items(tenant: TenantId, session: SessionId, before: ItemKey, limit: number): PlacedItem[];
  putAudio(block: AudioBlock): void;
  deleteAudio(tenant: TenantId, session: SessionId): Deletion;
  deleteItemAudio(tenant: TenantId, session: SessionId, item: ItemId): Deletion;
  deleteAudioBefore(at: number): Deletion;
  audio(tenant: TenantId, session: SessionId, item: ItemId): AudioBlock[];
  putInteractions(interactions: readonly VoiceInteraction[]): void;
  interactions(
    tenant: TenantId,
    session: SessionId,
    before: InteractionKey,
    limit: number,
  ): VoiceInteraction[];
}

/** n, epoch, entry: what `ItemPosition` orders by. */
export type ItemKey = readonly [n: number, epoch: number, entry: number, item: string];
export type InteractionKey = readonly [at: number, id: string];

interface PlacedItem {
  readonly key: ItemKey;
  readonly stored: StoredItem;
}

/** Only the log is the truth. Audio and interaction records that a power cut takes are lost without harm, and what it
 *  brings back of deleted audio is found at the next start. */
export const durabilityOf: Readonly<Record<keyof Operations, Durability>> = {
  appendLog: "durable",
  purgeLog: "durable",
  putAudio: "lazy",
  deleteAudio: "lazy",
  deleteItemAudio: "lazy",
  deleteAudioBefore: "lazy",
  putInteractions: "lazy",
  lastLog: "read",
  readLog: "read",
  session: "read",
  items: "read",
  audio: "read",
  interactions: "read",
};

export const createOperations = (sql: Sql): Operations => ({
  ...logOperations(sql),
  ...readBack(sql),
  ...audioOperations(sql),
  ...interactionOperations(sql),
});

type Key = [tenant: string, session: string];
type LogRow = [sequence: number, tenant: TenantId, session: SessionId, record: Uint8Array];

function logOperations(sql: Sql): Pick<Operations, "appendLog" | "lastLog" | "readLog" | "purgeLog"> {
  const newest = prepare<Key, [sequence: number]>(
    sql,
    "select sequence from log where tenant = ? and session = ? order by sequence desc limit 1",
  );
  const last = prepare<Key, LogRow>(
    sql,
    "select sequence, tenant, session, record from log where tenant = ? and session = ? order by sequence desc limit 1",
  );
  const read = prepare<[number], LogRow>(
    sql,
    "select sequence, tenant, session, record from log where sequence = ?",
  );
  const insert = prepare<[...Key, Uint8Array], [sequence: number]>(
    sql,
    "insert into log (tenant, session, record) values (?, ?, ?) returning sequence",
  );
  const purge = prepare<Key>(sql, "delete from log where tenant = ? and session = ?");
  const writeSession = sessionWriter(sql);
  const writeItem = itemWriter(sql);
  const logged = (row: LogRow | undefined): LoggedRecord | undefined =>
    row && { sequence: row[0], tenant: row[1], session: row[2], record: ownBytes(row[3]) };
  return {
    appendLog(tenant, session, record, expected) {
      const { session: sessionWrite, items } = projectRecord(decodeLogRecord(record));
      if ((newest.get(tenant, session)?.[0] ?? 0) !== expected) return { outcome: "refused" };
      const [inserted] = insert.all(tenant, session, record); // `get` would leave the statement unfinished
      if (inserted === undefined) throw new Error("an insert returns its row");
      writeSession(tenant, session, sessionWrite);
      for (const item of items) writeItem(tenant, session, item);
      return { outcome: "appended", sequence: inserted[0] };
    },
    lastLog: (tenant, session) => logged(last.get(tenant, session)),
    readLog: (sequence) => logged(read.get(sequence)),
    purgeLog: (tenant, session) => void purge.run(tenant, session),
  };
}

function sessionWriter(sql: Sql): (tenant: TenantId, session: SessionId, write: SessionWrite) => void {
  const upsert = prepare<[...Key, model: string | null, at: number, closedAt: number | null]>(
    sql,
    `insert into sessions (tenant, session, model, opened_at, updated_at, closed_at)
     values (?1, ?2, coalesce(?3, ''), ?4, ?4, ?5)
     on conflict do update set model = coalesce(?3, model), updated_at = ?4, closed_at = coalesce(closed_at, ?5)`,
  );
  return (tenant, session, { model, at, closed }) =>
    void upsert.run(tenant, session, model ?? null, at, closed ? at : null);
}

function itemWriter(sql: Sql): (tenant: TenantId, session: SessionId, write: ItemWrite) => void {
  const where = "where tenant = ? and session = ? and item = ?";
  type ItemWhere = [...Key, item: string];
  const read = prepare<ItemWhere, [body: string]>(sql, `select body from conversation_items ${where}`);
  const remove = prepare<ItemWhere>(sql, `delete from conversation_items ${where}`);
  const replace = prepare<[body: string, ...ItemWhere]>(
    sql,
    `update conversation_items set body = ? ${where}`,
  );
  const insert = prepare<
    [...Key, n: number, epoch: number, entry: number, item: string, at: number, body: string]
  >(
    sql,
    "insert into conversation_items (tenant, session, n, epoch, entry, item, at, body) values (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  return (tenant, session, write) => {
    switch (write.write) {
      case "put": {
        const { item, position, at } = write;
        const body = JSON.stringify(item);
        if (replace.run(body, tenant, session, item.id) > 0) return;
        insert.run(tenant, session, position.n, position.epoch, position.entry, item.id, at, body);
        return;
      }
      case "change": {
        const [body] = read.all(tenant, session, write.item);
        if (body === undefined) return;
        const changed = changeItem(JSON.parse(body[0]) as Item, write.change);
        replace.run(JSON.stringify(changed), tenant, session, write.item);
        return;
      }
      case "delete":
        remove.run(tenant, session, write.item);
    }
  };
}

function readBack(sql: Sql): Pick<Operations, "session" | "items"> {
  const bySession = prepare<
    Key,
    [model: string, openedAt: number, updatedAt: number, closedAt: number | null]
  >(sql, "select model, opened_at, updated_at, closed_at from sessions where tenant = ? and session = ?");
  const older = prepare<
    [...Key, ...ItemKey, limit: number],
    [n: number, epoch: number, entry: number, item: string, at: number, body: string]
  >(
    sql,
    `select n, epoch, entry, item, at, body from conversation_items
     where tenant = ? and session = ? and (n, epoch, entry, item) < (?, ?, ?, ?)
     order by n desc, epoch desc, entry desc, item desc limit ?`,
  );
  return {
    session(tenant, session) {
      const row = bySession.get(tenant, session);
      if (row === undefined) return undefined;
      const [model, openedAt, updatedAt, closedAt] = row;
      return { id: session, tenant, model, openedAt, updatedAt, ...(closedAt === null ? {} : { closedAt }) };
    },
    items: (tenant, session, before, limit) =>
      older.all(tenant, session, ...before, limit + 1).map(([n, epoch, entry, item, at, body]) => ({
        key: [n, epoch, entry, item],
        stored: { item: JSON.parse(body) as Item, n, at },
      })),
  };
}

/** Blocks that one deletion takes: bounds how long the calls behind it wait. A block is at most about 1 MB, and most
 *  are 48 kB. */
const deletedBlocksMax = 16;

function audioOperations(
  sql: Sql,
): Pick<Operations, "putAudio" | "audio" | "deleteAudio" | "deleteItemAudio" | "deleteAudioBefore"> {
  const put = prepare<[...Key, item: string, block: number, at: number, pcm: Uint8Array]>(
    sql,
    `insert into item_audio (tenant, session, item, block, at, pcm) values (?, ?, ?, ?, ?, ?)
     on conflict do nothing`,
  );
  const all = prepare<[...Key, item: string], [block: number, at: number, pcm: Uint8Array]>(
    sql,
    "select block, at, pcm from item_audio where tenant = ? and session = ? and item = ? order by block",
  );
  const remove = prepare<[...Key, limit: number]>(
    sql,
    `delete from item_audio where rowid in
       (select rowid from item_audio where tenant = ? and session = ? limit ?)`,
  );
  const removeItem = prepare<[...Key, item: string, limit: number]>(
    sql,
    `delete from item_audio where rowid in
       (select rowid from item_audio where tenant = ? and session = ? and item = ? limit ?)`,
  );
  const removeBefore = prepare<[at: number, limit: number]>(
    sql,
    "delete from item_audio where rowid in (select rowid from item_audio where at < ? order by at limit ?)",
  );
  const outcome = (deleted: number): Deletion => (deleted < deletedBlocksMax ? "done" : "more");
  return {
    putAudio: ({ tenant, session, item, block, at, pcm }) =>
      void put.run(tenant, session, item, block, at, pcm),
    audio: (tenant, session, item) =>
      all
        .all(tenant, session, item)
        .map(([block, at, pcm]) => ({ tenant, session, item, block, at, pcm: ownBytes(pcm) })),
    deleteAudio: (tenant, session) => outcome(remove.run(tenant, session, deletedBlocksMax)),
    deleteItemAudio: (tenant, session, item) =>
      outcome(removeItem.run(tenant, session, item, deletedBlocksMax)),
    deleteAudioBefore: (at) => outcome(removeBefore.run(at, deletedBlocksMax)),
  };
}

function interactionOperations(sql: Sql): Pick<Operations, "putInteractions" | "interactions"> {
  const put = prepare<[...Key, at: number, id: string, body: string]>(
    sql,
    "insert into interactions (tenant, session, at, id, body) values (?, ?, ?, ?, ?) on conflict do nothing",
  );
  const older = prepare<[...Key, ...InteractionKey, limit: number], [body: string]>(
    sql,
    `select body from interactions where tenant = ? and session = ? and (at, id) < (?, ?)
     order by at desc, id desc limit ?`,
  );
  return {
    putInteractions(interactions) {
      for (const one of interactions) put.run(one.tenant, one.session, one.at, one.id, JSON.stringify(one));
    },
    interactions: (tenant, session, before, limit) =>
      older.all(tenant, session, ...before, limit + 1).map(([body]) => JSON.parse(body) as VoiceInteraction),
  };
}

/** Bytes that share their buffer with nothing, so that they can cross to another thread alone. */
const ownBytes = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);
