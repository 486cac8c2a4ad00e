import { z } from "zod";
import { ParleyError } from "../../lib/errors.ts";
import { startWorker } from "../../lib/worker-thread.ts";
import type { Page, PageRequest, Store } from "../store.ts";
import { type CursorScope, decodeCursor, encodeCursor } from "./cursor.ts";
import type { InteractionKey, ItemKey, Operations } from "./operations.ts";
import type { StoreRequest } from "./worker.ts";

export interface LibsqlStoreOptions {
  /** The database file; it and its folder are created. This process is its only user until `close`. */
  readonly path: string;
  /** Calls that may wait for the store's thread; one more fails with `ERR_BUSY`. */
  readonly pendingMax?: number;
  /** How long one call may take, ms; then it fails with `ERR_TIMEOUT` and its outcome is unknown. */
  readonly callMsMax?: number;
}

const itemKey: z.ZodType<ItemKey> = z.tuple([z.int(), z.int(), z.int(), z.string()]);
const interactionKey: z.ZodType<InteractionKey> = z.tuple([z.number(), z.string()]);
/** After every position. */
const newestItem: ItemKey = [Number.MAX_SAFE_INTEGER, 0, 0, ""];
const newestInteraction: InteractionKey = [Number.MAX_SAFE_INTEGER, ""];

/** The store of a single machine: one SQLite file, written by a thread of its own because every call blocks. Appends
 *  take effect in the order in which they were made, and so do all other calls; an append may overtake those.
 *  @throws {ParleyError} `ERR_STORE` with the reason in words: the file cannot be opened, is in use by another
 *    server, is no store, or was made by a newer version */
export async function openLibsqlStore(options: LibsqlStoreOptions): Promise<Store> {
  const worker = await startWorker<StoreRequest, unknown>(new URL("./worker.ts", import.meta.url), {
    name: "store",
    failsWith: "ERR_STORE",
    data: { path: options.path },
    pendingMax: options.pendingMax ?? 4_096,
    callMsMax: options.callMsMax ?? 30_000,
    gathers: true,
  });
  const call = <Name extends keyof Operations>(
    name: Name,
    ...args: Parameters<Operations[Name]>
  ): Promise<ReturnType<Operations[Name]>> =>
    worker.call({ name, args } as StoreRequest) as Promise<ReturnType<Operations[Name]>>;
  /** For what is written behind the conversation. */
  const callSoon = <Name extends keyof Operations>(
    name: Name,
    args: Parameters<Operations[Name]>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<ReturnType<Operations[Name]>> =>
    worker.call({ name, args } as StoreRequest, transfer, "soon") as Promise<ReturnType<Operations[Name]>>;

  return {
    appendLog: (tenant, session, record, expected) =>
      call("appendLog", tenant, session, ownBytes(record), expected),
    lastLog: (tenant, session) => call("lastLog", tenant, session),
    readLog: (sequence) => call("readLog", sequence),
    purgeLog: (tenant, session) => call("purgeLog", tenant, session),
    session: (tenant, session) => call("session", tenant, session),
    async items(tenant, session, page) {
      const scope: CursorScope = { list: "items", tenant, session };
      const before = startOf(scope, page, itemKey, newestItem);
      const found = await call("items", tenant, session, before, page.limit);
      const { entries, next } = pageOf(scope, page, found, ({ key }) => key);
      return { entries: entries.map(({ stored }) => stored), ...(next === undefined ? {} : { next }) };
    },
    async putAudio(block) {
      if (block.pcm.length === 0)
        throw new ParleyError("ERR_BAD_INPUT", "a block without audio, or one that was handed over before");
      const pcm = ownBytes(block.pcm);
      return callSoon("putAudio", [{ ...block, pcm }], [pcm.buffer as ArrayBuffer]);
    },
    deleteAudio: (tenant, session) => call("deleteAudio", tenant, session),
    deleteItemAudio: (tenant, session, item) => call("deleteItemAudio", tenant, session, item),
    deleteAudioBefore: (at) => call("deleteAudioBefore", at),
    audio: (tenant, session, item) => call("audio", tenant, session, item),
    putInteractions: (interactions) => callSoon("putInteractions", [interactions]),
    async interactions(tenant, session, page) {
      const scope: CursorScope = { list: "interactions", tenant, session };
      const before = startOf(scope, page, interactionKey, newestInteraction);
      const found = await call("interactions", tenant, session, before, page.limit);
      return pageOf(scope, page, found, ({ at, id }) => [at, id]);
    },
    close: () => worker.close(),
  };
}

/** Cloning a typed array clones the whole buffer behind it, so a part of one is copied first. */
const ownBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);

function startOf<T>(scope: CursorScope, page: PageRequest, position: z.ZodType<T>, newest: T): T {
  if (!Number.isInteger(page.limit) || page.limit < 1 || page.limit > 100)
    throw new ParleyError("ERR_BAD_INPUT", "limit is 1 to 100");
  return page.before === undefined ? newest : decodeCursor(scope, page.before, position);
}

/** @param found one more than the limit when there is another page */
function pageOf<T>(
  scope: CursorScope,
  { limit }: PageRequest,
  found: readonly T[],
  position: (entry: T) => readonly (number | string)[],
): Page<T> {
  const entries = found.slice(0, limit);
  const last = entries.at(-1);
  if (found.length <= limit || last === undefined) return { entries };
  return { entries, next: encodeCursor(scope, position(last)) };
}
