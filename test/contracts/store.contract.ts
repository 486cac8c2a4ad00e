import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomToken } from "../../src/lib/ids.ts";
import type { Store, VoiceInteraction } from "../../src/persistence/store.ts";
import { decodeLogRecord } from "../../src/protocol/log-record.ts";
import { newItemId, newKey, owner, put, record, text } from "./records.ts";
import { sequenceOf, Writer } from "./store-writer.ts";
import { audioDeletionCases } from "./store-audio.ts";
import { itemCases, pageCases } from "./store-items.ts";

/** One place where data is kept: opened and closed by the cases, in turn. */
export interface StoreWorld {
  open(): Promise<Store>;
  destroy(): Promise<void>;
}

/** Every behaviour of the `Store` port. Adapters pass it as it is. */
export function storeContract(name: string, createWorld: () => Promise<StoreWorld>): void {
  describe(`[STO-2] store: ${name}`, () => {
    let world: StoreWorld;
    let store: Store;
    beforeAll(async () => {
      world = await createWorld();
      store = await world.open();
    });
    afterAll(async () => {
      await store.close();
      await world.destroy();
    });
    const current = (): Store => store;
    const reopen = async (): Promise<void> => {
      await store.close();
      store = await world.open();
    };
    describe("log", () => {
      logCases(current);
    });
    describe("sessions and items", () => {
      itemCases(current);
    });
    describe("pages", () => {
      pageCases(current);
    });
    describe("audio and interactions", () => {
      mediaCases(current);
    });
    describe("deleting audio", () => {
      audioDeletionCases(current);
    });
    describe("closing", () => {
      closingCases(current, reopen);
    });
  });
}

function logCases(store: () => Store): void {
  it("appends after the expected record and gives growing sequences", async () => {
    const { tenant, session } = newKey();
    const first = sequenceOf(await store().appendLog(tenant, session, record([owner()]), 0));
    const second = sequenceOf(await store().appendLog(tenant, session, record([{ type: "alive" }]), first));
    expect(first).toBeGreaterThan(0);
    expect(second).toBeGreaterThan(first);
  });

  it("refuses an append that expects another record, and keeps nothing of it", async () => {
    const writer = new Writer(store);
    const { tenant, session } = writer;
    const first = await writer.append([owner()]);
    const second = await writer.append([{ type: "alive" }]);
    const item = newItemId();
    for (const expected of [0, first, second + 1]) {
      const late = record([put(text(item, "late")), { type: "closed", reason: "late" }]);
      expect(await store().appendLog(tenant, session, late, expected)).toEqual({ outcome: "refused" });
    }
    expect(await store().lastLog(tenant, session)).toMatchObject({ sequence: second });
    expect(await writer.items()).toEqual([]);
    expect(await store().session(tenant, session)).not.toHaveProperty("closedAt");
  });

  it("lets one of fifty racers win", async () => {
    const writer = new Writer(store);
    const { tenant, session } = writer;
    const first = await writer.append([owner()]);
    const racers = Array.from({ length: 50 }, () => record([owner()]));
    const outcomes = await Promise.all(
      racers.map((bytes) => store().appendLog(tenant, session, bytes, first)),
    );
    const winners = outcomes.flatMap((one, index) => (one.outcome === "appended" ? [index] : []));
    expect(winners).toHaveLength(1);
    const last = await store().lastLog(tenant, session);
    expect(last?.record).toEqual(new Uint8Array(racers[winners[0] ?? 0] ?? []));
  });

  it("shows the last record as soon as its append was acknowledged", async () => {
    const writer = new Writer(store);
    const { tenant, session } = writer;
    expect(await store().lastLog(tenant, session)).toBeUndefined();
    for (let n = 1; n <= 20; n += 1) {
      const sequence = await writer.append([{ type: "alive" }]);
      const last = await store().lastLog(tenant, session);
      expect(last).toMatchObject({ sequence, tenant, session });
      expect(decodeLogRecord(last?.record ?? new Uint8Array()).n).toBe(n);
    }
  });

  it("reads any record by its sequence, and nothing where there is none", async () => {
    const one = new Writer(store);
    const other = new Writer(store);
    const sequences = [await one.append([owner("a")]), await other.append([owner("b")])];
    expect(await store().readLog(sequences[0] ?? 0)).toMatchObject({
      sequence: sequences[0],
      tenant: one.tenant,
      session: one.session,
    });
    expect(await store().readLog(sequences[1] ?? 0)).toMatchObject({ session: other.session });
    expect(await store().readLog(Math.max(...sequences) + 1_000_000)).toBeUndefined();
    expect(await store().readLog(0)).toBeUndefined();
  });

  it("keeps one record when the same append is made twice", async () => {
    const writer = new Writer(store);
    const { tenant, session } = writer;
    const bytes = record([owner()], { n: 1, prev: 0 });
    const sequence = sequenceOf(await store().appendLog(tenant, session, bytes, 0));
    const again = await store().appendLog(tenant, session, bytes, 0);
    expect([{ outcome: "refused" }, { outcome: "appended", sequence }]).toContainEqual(again);
    expect(await store().lastLog(tenant, session)).toMatchObject({ sequence });
  });

  it("starts a purged session anew and never gives a sequence twice", async () => {
    const writer = new Writer(store);
    const { tenant, session } = writer;
    const first = await writer.append([owner()]);
    const second = await writer.append([{ type: "alive" }]);
    await store().purgeLog(tenant, session);
    expect(await store().lastLog(tenant, session)).toBeUndefined();
    expect(await store().readLog(first)).toBeUndefined();
    const again = sequenceOf(await store().appendLog(tenant, session, record([owner()]), 0));
    expect(again).toBeGreaterThan(second);
  });

  it("purges no other session", async () => {
    const { tenant, session } = newKey();
    const same = new Writer(store, { tenant, session: newKey().session });
    const sequence = await same.append([owner()]);
    await store().appendLog(tenant, session, record([owner()]), 0);
    await store().purgeLog(tenant, session);
    expect(await store().lastLog(tenant, same.session)).toMatchObject({ sequence });
  });

  it("refuses bytes that are no record with ERR_WIRE", async () => {
    const { tenant, session } = newKey();
    for (const bytes of [new Uint8Array([0xc1]), new Uint8Array(), record([], { n: -1 })])
      await expect(store().appendLog(tenant, session, bytes, 0)).rejects.toMatchObject({ code: "ERR_WIRE" });
    expect(await store().lastLog(tenant, session)).toBeUndefined();
  });

  it("gives each of many simultaneous appends its own outcome", async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 120 }, (_, index) => {
        const { tenant, session } = newKey();
        if (index % 3 === 0) return store().appendLog(tenant, session, new Uint8Array([0xc1]), 0);
        return store().appendLog(tenant, session, record([owner()]), index % 3 === 1 ? 0 : 7);
      }),
    );
    const expected = [
      { status: "rejected", reason: { code: "ERR_WIRE" } },
      { status: "fulfilled", value: { outcome: "appended" } },
      { status: "fulfilled", value: { outcome: "refused" } },
    ];
    expect(outcomes).toMatchObject(outcomes.map((_, index) => expected[index % 3]));
  });
}

function mediaCases(store: () => Store): void {
  it("keeps audio in blocks, in order, each written once", async () => {
    const key = { ...newKey(), item: newItemId() };
    expect(await store().audio(key.tenant, key.session, key.item)).toEqual([]);
    const pool = new Uint8Array(3_000).fill(1);
    const blocks = [2, 0, 1].map((block) => ({
      ...key,
      block,
      at: 1_000.5 + block,
      pcm: pool.subarray(block * 1_000, block * 1_000 + 960),
    }));
    await Promise.all(blocks.map((block) => store().putAudio(block)));
    await store().putAudio({ ...key, block: 1, at: 9, pcm: new Uint8Array(4).fill(9) });
    await store().putAudio({ ...key, item: newItemId(), block: 3, at: 9, pcm: new Uint8Array(4) });
    const kept = await store().audio(key.tenant, key.session, key.item);
    expect(kept).toEqual(
      [0, 1, 2].map((block) => ({ ...key, block, at: 1_000.5 + block, pcm: new Uint8Array(960).fill(1) })),
    );
    expect(pool).toHaveLength(3_000);
  });

  it("keeps a block as large as 960 KiB", async () => {
    const key = { ...newKey(), item: newItemId() };
    const pcm = new Uint8Array(960 * 1_024).map((_, index) => index % 251);
    await store().putAudio({ ...key, block: 0, at: 1, pcm: pcm.slice() });
    const [kept] = await store().audio(key.tenant, key.session, key.item);
    expect(Buffer.compare(kept?.pcm ?? new Uint8Array(), pcm)).toBe(0);
  });

  it("keeps interactions once each and lists them newest first, paged", async () => {
    const { tenant, session } = newKey();
    const all = [100, 300, 200.5, 200.5].map((at, index): VoiceInteraction => ({
      id: `${index}_${randomToken()}`,
      tenant,
      session,
      turn: "turn_1",
      stage: "stt",
      provider: "p",
      run: "run_1",
      outcome: "ok",
      at,
      queueMs: 1,
      durationMs: 2.5,
      inputSize: 3,
      outputSize: 4,
      ...(index === 0 ? { error: "ERR_PROVIDER", firstMs: 1 } : {}),
    }));
    await store().putInteractions(all);
    await store().putInteractions([{ ...(all[0] as VoiceInteraction), provider: "replayed" }]);
    await store().putInteractions([]);
    const first = await store().interactions(tenant, session, { limit: 3 });
    const rest = await store().interactions(tenant, session, { limit: 3, before: first.next ?? "" });
    expect([...first.entries, ...rest.entries]).toEqual([all[1], all[3], all[2], all[0]]);
    expect(rest).not.toHaveProperty("next");
    expect((await store().interactions(newKey().tenant, session, { limit: 3 })).entries).toEqual([]);
  });
}

function closingCases(store: () => Store, reopen: () => Promise<void>): void {
  it("finishes what was accepted, closes once, and then refuses with ERR_CLOSED", async () => {
    const closing = store();
    const keys = Array.from({ length: 40 }, newKey);
    const appends = keys.map(({ tenant, session }) =>
      closing.appendLog(tenant, session, record([owner()]), 0),
    );
    const outcomes = Promise.all(appends);
    await Promise.all([closing.close(), closing.close()]);
    expect((await outcomes).every(({ outcome }) => outcome === "appended")).toBe(true);
    const { tenant, session } = newKey();
    const item = newItemId();
    const closed = { code: "ERR_CLOSED" };
    await expect(closing.appendLog(tenant, session, record([owner()]), 0)).rejects.toMatchObject(closed);
    await expect(closing.lastLog(tenant, session)).rejects.toMatchObject(closed);
    await expect(closing.readLog(1)).rejects.toMatchObject(closed);
    await expect(closing.purgeLog(tenant, session)).rejects.toMatchObject(closed);
    await expect(closing.session(tenant, session)).rejects.toMatchObject(closed);
    await expect(closing.items(tenant, session, { limit: 1 })).rejects.toMatchObject(closed);
    await expect(closing.audio(tenant, session, item)).rejects.toMatchObject(closed);
    const block = { tenant, session, item, block: 0, at: 1, pcm: new Uint8Array(2) };
    await expect(closing.putAudio(block)).rejects.toMatchObject(closed);
    await expect(closing.deleteAudio(tenant, session)).rejects.toMatchObject(closed);
    await expect(closing.deleteItemAudio(tenant, session, item)).rejects.toMatchObject(closed);
    await expect(closing.deleteAudioBefore(1)).rejects.toMatchObject(closed);
    await expect(closing.putInteractions([])).rejects.toMatchObject(closed);
    await expect(closing.interactions(tenant, session, { limit: 1 })).rejects.toMatchObject(closed);
    await reopen();
    const kept = await Promise.all(keys.map((key) => store().lastLog(key.tenant, key.session)));
    expect(kept.every((one) => one !== undefined)).toBe(true);
  });

  it("finds everything again after it was closed and opened", async () => {
    const writer = new Writer(store);
    const { tenant, session } = writer;
    const item = newItemId();
    await writer.append([owner("m")]);
    const sequence = await writer.append([put(text(item, "kept"))]);
    await store().putAudio({ tenant, session, item, block: 0, at: 1, pcm: new Uint8Array([1, 2]) });
    await reopen();
    expect(await store().lastLog(tenant, session)).toMatchObject({ sequence });
    expect(await store().session(tenant, session)).toMatchObject({ model: "m", updatedAt: 2_000 });
    expect((await writer.items()).map((one) => one.item)).toEqual([text(item, "kept")]);
    expect(await store().audio(tenant, session, item)).toHaveLength(1);
    expect(await writer.append([{ type: "alive" }])).toBeGreaterThan(sequence);
  });

  it("gives no sequence twice although the newest records were purged before it was opened again", async () => {
    const writer = new Writer(store);
    const sequence = await writer.append([owner()]);
    await store().purgeLog(writer.tenant, writer.session);
    await reopen();
    expect(await new Writer(store).append([owner()])).toBeGreaterThan(sequence);
  });
}
