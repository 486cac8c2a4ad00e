import { expect, it } from "vitest";
import type { ItemId, SessionId, TenantId } from "../../src/lib/ids.ts";
import type { Deletion, Store } from "../../src/persistence/store.ts";
import { newItemId, newKey } from "./records.ts";

/** More than any store deletes in one call. */
const blocksMany = 300;

interface Key {
  readonly tenant: TenantId;
  readonly session: SessionId;
}

export function audioDeletionCases(store: () => Store): void {
  /** Blocks of one item, each written at its number. */
  const fill = async (key: Key, blocks: number): Promise<ItemId> => {
    const item = newItemId();
    const pcm = new Uint8Array(64).fill(7);
    await Promise.all(
      Array.from({ length: blocks }, (_, block) =>
        store().putAudio({ ...key, item, block, at: block, pcm: pcm.slice() }),
      ),
    );
    return item;
  };
  const left = async ({ tenant, session }: Key, item: ItemId): Promise<number[]> =>
    (await store().audio(tenant, session, item)).map(({ block }) => block);
  /** @returns how many calls it took */
  const untilDone = async (deletion: () => Promise<Deletion>): Promise<number> => {
    for (let calls = 1; calls <= blocksMany + 1; calls += 1) if ((await deletion()) === "done") return calls;
    throw new Error("a deletion that does not end");
  };

  it("takes all audio of a session and none of another, a part in each call", async () => {
    const mine = newKey();
    const sameTenant = { tenant: mine.tenant, session: newKey().session };
    const sameSession = { tenant: newKey().tenant, session: mine.session };
    const items = [await fill(mine, blocksMany), await fill(mine, 1)];
    const others = [await fill(sameTenant, 2), await fill(sameSession, 2)] as const;
    const calls = await untilDone(() => store().deleteAudio(mine.tenant, mine.session));
    expect(calls).toBeGreaterThan(1);
    for (const item of items) expect(await left(mine, item)).toEqual([]);
    expect(await left(sameTenant, others[0])).toEqual([0, 1]);
    expect(await left(sameSession, others[1])).toEqual([0, 1]);
    expect(await store().deleteAudio(mine.tenant, mine.session)).toBe("done");
  });

  it("takes all audio of an item and none of another, a part in each call, and its id can be used again", async () => {
    const mine = newKey();
    const item = await fill(mine, blocksMany);
    const other = await fill(mine, 2);
    const elsewhere = { tenant: mine.tenant, session: newKey().session };
    const pcm = new Uint8Array(64).fill(9);
    await store().putAudio({ ...elsewhere, item, block: 0, at: 0, pcm: pcm.slice() });
    const calls = await untilDone(() => store().deleteItemAudio(mine.tenant, mine.session, item));
    expect(calls).toBeGreaterThan(1);
    expect(await left(mine, item)).toEqual([]);
    expect(await left(mine, other)).toEqual([0, 1]);
    expect(await left(elsewhere, item)).toEqual([0]);
    await store().putAudio({ ...mine, item, block: 0, at: 0, pcm: pcm.slice() });
    expect((await store().audio(mine.tenant, mine.session, item)).map((block) => block.pcm)).toEqual([
      new Uint8Array(64).fill(9),
    ]);
  });

  it("takes what was written before a time, of every session, the oldest first", async () => {
    const keys = [newKey(), newKey()] as const;
    const items = [await fill(keys[0], blocksMany), await fill(keys[1], 250)] as const;
    expect(await store().deleteAudioBefore(200)).toBe("more");
    const after = await left(keys[0], items[0]);
    expect(after.length).toBeLessThan(blocksMany);
    expect(after).toEqual(Array.from(after, (_, index) => blocksMany - after.length + index));
    await untilDone(() => store().deleteAudioBefore(200));
    expect(await left(keys[0], items[0])).toEqual(Array.from({ length: 100 }, (_, index) => 200 + index));
    expect(await left(keys[1], items[1])).toEqual(Array.from({ length: 50 }, (_, index) => 200 + index));
  });
}
