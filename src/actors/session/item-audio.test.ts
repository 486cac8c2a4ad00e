import { describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/contracts/fake-clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import { defaultTenant, newSessionId } from "../../lib/ids.ts";
import type { ItemId } from "../../lib/ids.ts";
import type { AudioBlock, AudioRetention } from "../../persistence/store.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { ItemAudio } from "./item-audio.ts";

const item = "item_1" as ItemId;

/** A store whose writes land when the test says so. */
class SlowStore {
  readonly blocks: AudioBlock[] = [];
  readonly waiting: (() => void)[] = [];
  deletions = 0;
  deletedItems: ItemId[] = [];
  slow = false;
  broken = false;

  async putAudio(block: AudioBlock): Promise<void> {
    if (this.slow) await new Promise<void>((land) => this.waiting.push(land));
    this.blocks.push(block);
  }

  async audio(): Promise<AudioBlock[]> {
    return this.blocks;
  }

  async deleteItemAudio(_tenant: unknown, _session: unknown, deleted: ItemId): Promise<"more" | "done"> {
    if (this.broken) throw new ParleyError("ERR_STORE", "away");
    this.deletedItems.push(deleted);
    const first = this.blocks.findIndex((block) => block.item === deleted);
    if (first !== -1) this.blocks.splice(first, 1);
    return this.blocks.some((block) => block.item === deleted) ? "more" : "done";
  }

  async deleteAudio(): Promise<"more" | "done"> {
    if (this.broken) throw new ParleyError("ERR_STORE", "away");
    this.deletions += 1;
    this.blocks.splice(0, 2);
    return this.blocks.length > 0 ? "more" : "done";
  }
}

function open(retention: AudioRetention = "session"): { audio: ItemAudio; store: SlowStore } {
  const store = new SlowStore();
  const [session, clock, metrics] = [newSessionId(), new FakeClock(), createMetrics()];
  return {
    store,
    audio: new ItemAudio({ store, retention, tenant: defaultTenant, session, clock, metrics }),
  };
}

/** 100 ms that can be told apart. */
const chunk = (n: number): Uint8Array => new Uint8Array(4_800).fill(n);
const heard = async (audio: ItemAudio): Promise<number[]> => {
  const pcm = (await audio.read(item, 0)).get(0) ?? new Uint8Array();
  return Array.from({ length: pcm.length / 4_800 }, (_, n) => pcm[n * 4_800] ?? -1);
};

describe("item audio", () => {
  it("is written a second at a time, and read whole at any moment", async () => {
    const { audio, store } = open();
    for (let n = 0; n < 25; n += 1) audio.keep(item, chunk(n));
    expect(store.blocks.map(({ block, pcm }) => [block, pcm.length])).toEqual([
      [0, 48_000],
      [1, 48_000],
    ]);
    expect(await heard(audio)).toEqual(Array.from({ length: 25 }, (_, n) => n));
    audio.keep(item, chunk(25));
    audio.end(item);
    expect(await heard(audio)).toEqual(Array.from({ length: 26 }, (_, n) => n));
    expect(store.blocks.map(({ block }) => block)).toEqual([0, 1, 2, 3]);
  });

  it("is the same over the edges of what is gathered, whatever the chunks' size", async () => {
    const { audio, store } = open();
    const long = new Uint8Array(4_801 * 31).map((_, n) => (n * 7_919) % 253);
    for (let at = 0; at < long.length; at += 4_801) audio.keep(item, long.subarray(at, at + 4_801));
    audio.end(item);
    const read = (await audio.read(item, 0)).get(0);
    expect(Buffer.compare(read ?? new Uint8Array(), long)).toBe(0);
    expect(store.blocks.map(({ block }) => block)).toEqual([0, 1, 2, 3]);
  });

  it("is cut into blocks that a store takes", async () => {
    const { audio, store } = open();
    const long = new Uint8Array(2_000_000).map((_, n) => n % 251);
    audio.keepWhole(item, long);
    expect(Math.max(...store.blocks.map(({ pcm }) => pcm.length))).toBe(960 * 1_024);
    const read = (await audio.read(item, 0)).get(0);
    expect(Buffer.compare(read ?? new Uint8Array(), long)).toBe(0);
  });

  it("[RET-1] is deleted when its session has ended, after the last write", async () => {
    const { audio, store } = open();
    store.slow = true;
    for (let n = 0; n < 45; n += 1) audio.keep(item, chunk(n));
    const closed = audio.close(true);
    audio.keep(item, chunk(45)); // too late
    await new Promise(setImmediate);
    expect(store.deletions).toBe(0);
    for (const land of store.waiting) land();
    await closed;
    expect(store.waiting).toHaveLength(5);
    expect(store.blocks).toEqual([]);
    expect(store.deletions).toBe(3);
  });

  it("[RET-1] is not deleted with a session that may go on elsewhere", async () => {
    const { audio, store } = open();
    audio.keep(item, chunk(0));
    await audio.close(false);
    expect(store.blocks).toHaveLength(1);
    expect(store.deletions).toBe(0);
  });

  it("[RET-2] is never written where none is to be kept", async () => {
    const { audio, store } = open("none");
    for (let n = 0; n < 25; n += 1) audio.keep(item, chunk(n));
    audio.keepWhole(item, chunk(9));
    expect(await audio.read(item, 0)).toEqual(new Map());
    await audio.close(true);
    expect(store.blocks).toEqual([]);
  });

  it.each([["forever"], [{ ms: 60_000 }]] as const)("outlives its session with %j", async (retention) => {
    const { audio, store } = open(retention);
    audio.keep(item, chunk(0));
    await audio.close(true);
    expect(store.blocks).toHaveLength(1);
  });

  it("does not keep a session from closing when the store is away", async () => {
    const { audio, store } = open();
    audio.keep(item, chunk(0));
    store.broken = true;
    await audio.close(true);
    expect(store.blocks).toHaveLength(1);
  });

  const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

  it("[RET-4] of a deleted item goes when the log has that, after the last write, and no other does", async () => {
    const { audio, store } = open();
    store.slow = true;
    const other = "item_2" as ItemId;
    audio.keepWhole(other, chunk(7));
    for (let n = 0; n < 25; n += 1) audio.keep(item, chunk(n));
    audio.silence(item, false);
    await settled();
    expect(store.deletedItems).toEqual([]);
    audio.deleteWritten(item);
    await settled();
    expect(store.deletedItems).toEqual([]);
    for (const land of store.waiting) land();
    await settled();
    expect(store.blocks.map((block) => block.item)).toEqual([other]);
  });

  it("[RET-4] that comes after its item was deleted is not kept", async () => {
    const { audio, store } = open();
    audio.keep(item, chunk(0));
    audio.silence(item, true);
    audio.keep(item, chunk(1));
    audio.deleteWritten(item);
    for (let n = 2; n < 25; n += 1) audio.keep(item, chunk(n));
    audio.end(item);
    await audio.close(false);
    expect(store.blocks).toEqual([]);
  });

  it("[RET-4] of an item that takes the id of a deleted one is kept whole, and nothing of the other", async () => {
    const { audio, store } = open();
    for (let n = 0; n < 15; n += 1) audio.keep(item, chunk(n));
    audio.silence(item, true);
    audio.renew(item);
    for (let n = 100; n < 125; n += 1) audio.keep(item, chunk(n));
    audio.end(item);
    expect(store.blocks).toHaveLength(1); // the first's: the log may still refuse its deletion
    audio.deleteWritten(item);
    expect(await heard(audio)).toEqual(Array.from({ length: 25 }, (_, n) => 100 + n));
    audio.silence(item, false);
    audio.keepWhole(item, chunk(200));
    audio.silence(item, false);
    audio.deleteWritten(item);
    audio.keepWhole(item, chunk(201));
    await settled();
    audio.deleteWritten(item);
    expect(await heard(audio)).toEqual([201]);
    await audio.close(false);
    expect(store.blocks).toHaveLength(1);
  });

  it("[RET-4] is kept when the log never had the deletion, but nothing that came after it", async () => {
    const { audio, store } = open();
    audio.keepWhole(item, chunk(0));
    audio.silence(item, true);
    audio.renew(item);
    audio.keepWhole(item, chunk(1));
    await audio.close(false);
    expect(store.blocks.map(({ pcm }) => pcm[0])).toEqual([0]);
    expect(store.deletedItems).toEqual([]);
  });

  it("does not mix with what a store could not delete", async () => {
    const { audio, store } = open("forever");
    audio.keepWhole(item, chunk(0));
    audio.silence(item, false);
    store.broken = true;
    audio.deleteWritten(item);
    await settled();
    audio.keepWhole(item, chunk(1));
    await audio.close(true);
    expect(store.blocks.map(({ pcm }) => pcm[0])).toEqual([0]);
  });
});
