import type { Clock } from "../../lib/clock.ts";
import type { ItemId, SessionId, TenantId } from "../../lib/ids.ts";
import { errorCode } from "../../lib/errors.ts";
import type { AudioRetention, Store } from "../../persistence/store.ts";
import type { ItemAudio as AudioByPart } from "../../protocol/server-events.ts";
import type { Metrics } from "../../telemetry/metrics.ts";

/** Audio that is gathered before it is written, bytes: 1 s. A crash loses no more of an item than this. */
const gatherBytesMax = 48_000;
/** Largest block that is written, bytes. Bounds what one call moves through the store. */
const blockBytesMax = 960 * 1_024;
/** Deleted items that are remembered because audio of theirs may still come. More than ever wait for theirs at once. */
const silencedMax = 256;

export interface ItemAudioDeps {
  readonly store: Pick<Store, "putAudio" | "audio" | "deleteAudio" | "deleteItemAudio">;
  readonly retention: AudioRetention;
  readonly tenant: TenantId;
  readonly session: SessionId;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** What of an item's audio is not written yet. It is copied into one piece of memory: chunks that all stay for that second
 *  are what the garbage collector has most to do with. */
class Gathered {
  /** Number of its next block. */
  block = 0;
  ended = false;
  bytes = 0;
  /** Of `gatherBytesMax` each, all but the last full. */
  private pieces: Uint8Array[] = [];

  add(pcm: Uint8Array): void {
    for (let at = 0; at < pcm.length;) {
      const filled = this.bytes % gatherBytesMax;
      if (filled === 0) this.pieces.push(Buffer.allocUnsafeSlow(gatherBytesMax));
      const part = pcm.subarray(at, at + gatherBytesMax - filled);
      this.pieces.at(-1)?.set(part, filled);
      at += part.length;
      this.bytes += part.length;
    }
  }

  take(): Uint8Array {
    const { pieces, bytes } = this;
    this.pieces = [];
    this.bytes = 0;
    const [only] = pieces;
    return only?.length === bytes ? only : Buffer.concat(pieces, bytes);
  }
}

/** Audio of a session's items, in the store, for as long as it is to be kept. A failure costs the recording, never
 *  the conversation. */
export class ItemAudio {
  readonly #deps: ItemAudioDeps;
  readonly #gathered = new Map<ItemId, Gathered>();
  /** Deleted items whose audio may still come, oldest first. */
  readonly #silenced = new Set<ItemId>();
  /** Deletions of each item that are not carried out yet. What comes under its id again is gathered meanwhile. */
  readonly #deletions = new Map<ItemId, number>();
  readonly #writes = new Set<Promise<void>>();
  #closed = false;

  constructor(deps: ItemAudioDeps) {
    this.#deps = deps;
  }

  /** Keeps what follows the item's audio so far. Its end must be told, with `end`.
   *  @param pcm s16le, 24 kHz */
  keep(item: ItemId, pcm: Uint8Array): void {
    if (this.#closed || this.#deps.retention === "none" || this.#silenced.has(item)) return;
    const gathered = this.#gathered.get(item) ?? new Gathered();
    this.#gathered.set(item, gathered);
    gathered.add(pcm);
    if (gathered.bytes >= gatherBytesMax) this.#write(item, gathered);
  }

  /** The item has all of its audio. */
  end(item: ItemId): void {
    this.#silenced.delete(item);
    const gathered = this.#gathered.get(item);
    if (gathered === undefined) return;
    gathered.ended = true;
    this.#write(item, gathered);
  }

  /** Keeps all audio of an item that has no other. */
  keepWhole(item: ItemId, pcm: Uint8Array): void {
    this.keep(item, pcm);
    this.end(item);
  }

  /** The item is deleted: nothing more of it is kept. What is written of it goes with `deleteWritten`, which must follow
   *  when the log has the deletion, since only then has it happened.
   *  @param comes whether more audio of it may come */
  silence(item: ItemId, comes: boolean): void {
    if (this.#deps.retention === "none") return;
    this.#gathered.delete(item);
    this.#deletions.set(item, (this.#deletions.get(item) ?? 0) + 1);
    if (!comes) return;
    const [oldest] = this.#silenced;
    if (oldest !== undefined && this.#silenced.size >= silencedMax) this.#silenced.delete(oldest);
    this.#silenced.add(item);
  }

  /** The log has the deletion of a silenced item. */
  deleteWritten(item: ItemId): void {
    if (this.#deps.retention === "none") return;
    this.#track(this.#deleteAfter([...this.#writes], item));
  }

  /** The id is that of another item from here on, which has audio of its own. */
  renew(item: ItemId): void {
    this.#silenced.delete(item);
  }

  /** Audio by content part; empty when there is none or it cannot be read. Never rejects.
   *  @param part which one it is
   *  @param samplesMax what counts of it; the rest was cut off */
  async read(item: ItemId, part: number, samplesMax = Infinity): Promise<AudioByPart> {
    const { store, tenant, session, retention, metrics } = this.#deps;
    if (retention === "none") return new Map();
    const gathered = this.#gathered.get(item);
    if (gathered !== undefined) this.#write(item, gathered);
    try {
      await this.#written();
      const blocks = await store.audio(tenant, session, item);
      if (blocks.length === 0) return new Map();
      return new Map([[part, Buffer.concat(blocks.map(({ pcm }) => pcm)).subarray(0, samplesMax * 2)]]);
    } catch (error) {
      metrics.errorsTotal.inc({ code: errorCode(error) });
      return new Map();
    }
  }

  /** Writes what is left; or deletes all of it, when it ends with its session. Nothing is kept after this call. Never
   *  rejects: what could not be deleted is found at the next start.
   *  @param ended the log says that the session has ended. If not, it may be another owner's now, with its audio */
  async close(ended: boolean): Promise<void> {
    const { store, tenant, session, retention, metrics } = this.#deps;
    for (const item of this.#gathered.keys()) this.end(item);
    this.#closed = true;
    await this.#written(); // else a block might be written after the deletion
    if (!ended || retention !== "session") return;
    try {
      while ((await store.deleteAudio(tenant, session)) === "more");
    } catch (error) {
      metrics.errorsTotal.inc({ code: errorCode(error) });
    }
  }

  #write(item: ItemId, gathered: Gathered): void {
    if (this.#deletions.has(item)) return;
    if (gathered.ended) this.#gathered.delete(item);
    const { store, tenant, session, clock } = this.#deps;
    const all = gathered.take();
    const at = clock.now();
    for (let start = 0; start < all.length; start += blockBytesMax) {
      const pcm = all.subarray(start, start + blockBytesMax);
      this.#track(store.putAudio({ tenant, session, item, block: gathered.block++, at, pcm }));
    }
  }

  /** A write that came after the deletion would bring back what it deletes. */
  async #deleteAfter(writes: readonly Promise<void>[], item: ItemId): Promise<void> {
    const { store, tenant, session } = this.#deps;
    await Promise.all(writes);
    while ((await store.deleteItemAudio(tenant, session, item)) === "more");
    // where it failed, new blocks would mix with the old ones: nothing is written under this id any more
    const others = (this.#deletions.get(item) ?? 0) - 1;
    if (others > 0) this.#deletions.set(item, others);
    else this.#deletions.delete(item);
    const gathered = this.#gathered.get(item);
    if (gathered !== undefined) this.#write(item, gathered);
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.#deps.metrics.errorsTotal.inc({ code: errorCode(error) }))
      .finally(() => this.#writes.delete(tracked));
    this.#writes.add(tracked);
  }

  async #written(): Promise<void> {
    while (this.#writes.size > 0) await Promise.all(this.#writes); // a deletion may let others go
  }
}
