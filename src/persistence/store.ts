import type { ItemId, SessionId, TenantId } from "../lib/ids.ts";
import type { AppendOutcome, LoggedRecord } from "../transport/transport.ts";
import type { Item } from "../protocol/items.ts";

/** Where everything that must be remembered is kept. A write is there for every later call when its promise resolves,
 *  whatever becomes of the process. Of the log it is on the disk by then; audio, its deletion and interaction records
 *  may come there later, with the next append at the latest: only a loss of power can take them.
 *  Every method throws {ParleyError} `ERR_STORE` when the store fails and `ERR_CLOSED` after `close()`. */
export interface Store {
  /** Appends to the session log and applies the record's entries to sessions and items, in one transaction.
   *  Contract as `SessionLog.append`. A record that cannot be decoded is refused with `ERR_WIRE`. */
  appendLog(
    tenant: TenantId,
    session: SessionId,
    record: Uint8Array,
    expected: number,
  ): Promise<AppendOutcome>;
  lastLog(tenant: TenantId, session: SessionId): Promise<LoggedRecord | undefined>;
  readLog(sequence: number): Promise<LoggedRecord | undefined>;
  purgeLog(tenant: TenantId, session: SessionId): Promise<void>;

  session(tenant: TenantId, session: SessionId): Promise<StoredSession | undefined>;
  /** Items of a session in the order their records were written, newest first; deleted ones are left out.
   *  @param page `limit` 1–100; `before`: the `next` of the page before
   *  @throws {ParleyError} `ERR_BAD_INPUT` for a cursor that this store did not make */
  items(tenant: TenantId, session: SessionId, page: PageRequest): Promise<Page<StoredItem>>;

  /** Keeps one block of an item's audio. Same key, same block: written once. The buffer of its `pcm` is the store's from
   *  here on, where it has one of its own: it may move to another thread. */
  putAudio(block: AudioBlock): Promise<void>;
  /** Deletes audio of a session, a bounded number of blocks in each call, so that no other call waits long. */
  deleteAudio(tenant: TenantId, session: SessionId): Promise<Deletion>;
  /** As `deleteAudio`, of one item. What is put under its id later is another item's, and is kept. */
  deleteItemAudio(tenant: TenantId, session: SessionId, item: ItemId): Promise<Deletion>;
  /** As `deleteAudio`, of all tenants and sessions: blocks that are older, oldest first.
   *  @param at ms since the Unix epoch */
  deleteAudioBefore(at: number): Promise<Deletion>;
  /** All audio of one content part, blocks in order; empty when there is none. */
  audio(tenant: TenantId, session: SessionId, item: ItemId): Promise<readonly AudioBlock[]>;

  /** Keeps one interaction record per stage of a turn. Same id: written once. */
  putInteractions(interactions: readonly VoiceInteraction[]): Promise<void>;
  /** Newest first. */
  interactions(tenant: TenantId, session: SessionId, page: PageRequest): Promise<Page<VoiceInteraction>>;

  /** Idempotent; finishes what was accepted. */
  close(): Promise<void>;
}

/** `more`: call again, there may be more of it. */
export type Deletion = "more" | "done";

/** How long audio of items is kept: not at all, while its session lives, for ever, or so long after it was written. */
export type AudioRetention = "none" | "session" | "forever" | { readonly ms: number };

export interface PageRequest {
  readonly limit: number;
  readonly before?: string;
}

export interface Page<T> {
  readonly entries: readonly T[];
  /** Cursor of the next (older) page; absent on the last one. */
  readonly next?: string;
}

export interface StoredSession {
  readonly id: SessionId;
  readonly tenant: TenantId;
  readonly model: string;
  /** ms since the Unix epoch, of its first record */
  readonly openedAt: number;
  /** ms since the Unix epoch, of its last record */
  readonly updatedAt: number;
  readonly closedAt?: number;
}

export interface StoredItem {
  readonly item: Item;
  /** Position (record number) in the session's log. */
  readonly n: number;
  /** ms since the Unix epoch */
  readonly at: number;
}

/** A block of an item's audio: PCM s16le, mono, 24 kHz. */
export interface AudioBlock {
  readonly tenant: TenantId;
  readonly session: SessionId;
  readonly item: ItemId;
  /** Counts from 0. */
  readonly block: number;
  /** ms since the Unix epoch, when it was written */
  readonly at: number;
  readonly pcm: Uint8Array;
}

export type InteractionStage = "stt" | "llm" | "tts" | "turn";

export interface VoiceInteraction {
  /** Unique; a replayed record has the same one. */
  readonly id: string;
  readonly tenant: TenantId;
  readonly session: SessionId;
  readonly turn: string;
  readonly stage: InteractionStage;
  readonly provider: string;
  readonly run: string;
  readonly outcome: "ok" | "cancelled" | "failed";
  readonly error?: string;
  /** ms since the Unix epoch, when the stage began */
  readonly at: number;
  readonly queueMs: number;
  readonly durationMs: number;
  /** To the first token or sample; absent for stages without one. */
  readonly firstMs?: number;
  readonly inputSize: number;
  readonly outputSize: number;
}
