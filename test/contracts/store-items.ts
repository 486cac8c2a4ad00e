import { expect, it } from "vitest";
import type { PageRequest, Store } from "../../src/persistence/store.ts";
import { newItemId, newKey, owner, put, text } from "./records.ts";
import { Writer } from "./store-writer.ts";

/** The cases of the store contract about sessions, their items, and pages of them. */
export function itemCases(store: () => Store): void {
  it("knows a session by its records", async () => {
    const writer = new Writer(store);
    const { tenant, session } = writer;
    expect(await store().session(tenant, session)).toBeUndefined();
    await writer.append([owner("m1")], { at: 100.5 });
    await writer.append([{ type: "alive" }], { at: 200 });
    const open = { id: session, tenant, model: "m1", openedAt: 100.5, updatedAt: 200 };
    expect(await store().session(tenant, session)).toEqual(open);
    await writer.append([owner("m2")], { at: 300 });
    await writer.append([{ type: "closed", reason: "left" }], { at: 400 });
    const closed = { ...open, model: "m2", updatedAt: 400, closedAt: 400 };
    expect(await store().session(tenant, session)).toEqual(closed);
    await writer.append([{ type: "alive" }], { at: 500 });
    await writer.append([{ type: "closed", reason: "again" }], { at: 600 });
    expect(await store().session(tenant, session)).toEqual({ ...closed, updatedAt: 600 });
  });

  it("lists items newest first, also those of one record", async () => {
    const writer = new Writer(store);
    const [a, b, c] = [newItemId(), newItemId(), newItemId()];
    await writer.append([owner()]);
    await writer.append([put(text(a, "a")), put(text(b, "b"))]);
    await writer.append([put(text(c, "c"))]);
    expect(await writer.items()).toEqual([
      { item: text(c, "c"), n: 3, at: 3_000 },
      { item: text(b, "b"), n: 2, at: 2_000 },
      { item: text(a, "a"), n: 2, at: 2_000 },
    ]);
  });

  it("keeps every shape of item", async () => {
    const writer = new Writer(store);
    const base = { object: "realtime.item", status: "completed" } as const;
    const items = [
      { ...base, id: newItemId(), type: "function_call", name: "f", call_id: "c" as never, arguments: "{}" },
      { ...base, id: newItemId(), type: "function_call_output", call_id: "c" as never, output: "é\u0000😀" },
    ] as const;
    await writer.append(items.map(put));
    expect((await writer.items()).map(({ item }) => item)).toEqual([items[1], items[0]]);
  });

  it("replaces an item written again, in its first place", async () => {
    const writer = new Writer(store);
    const [a, b] = [newItemId(), newItemId()];
    await writer.append([put(text(a, "begun"))]);
    await writer.append([put(text(b, "b"))]);
    await writer.append([put(text(a, "whole"))]);
    expect(await writer.items()).toEqual([
      { item: text(b, "b"), n: 2, at: 2_000 },
      { item: text(a, "whole"), n: 1, at: 1_000 },
    ]);
  });

  it("leaves deleted items out and takes the same id again as a new item", async () => {
    const writer = new Writer(store);
    const [a, b] = [newItemId(), newItemId()];
    await writer.append([put(text(a, "a")), put(text(b, "b"))]);
    await writer.append([{ type: "item.deleted", item: a }]);
    expect((await writer.items()).map(({ item }) => item.id)).toEqual([b]);
    await writer.append([put(text(a, "again"))]);
    expect((await writer.items()).map(({ n }) => n)).toEqual([3, 1]);
  });

  it("fills in a transcript, and what was heard of a truncated answer", async () => {
    const writer = new Writer(store);
    const [said, spoken] = [newItemId(), newItemId()];
    await writer.append([
      put({ ...text(said, ""), content: [{ type: "input_audio", transcript: null }] }),
      put({
        ...text(spoken, ""),
        role: "assistant",
        content: [{ type: "output_audio", transcript: "one two three" }],
      }),
      { type: "transcript", item: newItemId(), text: "of no item" },
    ]);
    await writer.append([
      { type: "transcript", item: said, text: "hello" },
      { type: "item.truncated", item: spoken, audioEndMs: 300, heard: "one" },
    ]);
    expect((await writer.items()).map(({ item }) => ("content" in item ? item.content : []))).toEqual([
      [{ type: "output_audio", transcript: "one" }],
      [{ type: "input_audio", transcript: "hello" }],
    ]);
  });

  it("shows no tenant the data of another, even under the same session id", async () => {
    const mine = new Writer(store);
    const theirs = new Writer(store, { tenant: newKey().tenant, session: mine.session });
    const item = newItemId();
    await mine.append([owner(), put(text(item, "mine"))]);
    expect(await theirs.items()).toEqual([]);
    expect(await store().session(theirs.tenant, mine.session)).toBeUndefined();
    expect(await store().lastLog(theirs.tenant, mine.session)).toBeUndefined();
    await theirs.append([owner(), put(text(item, "theirs")), { type: "closed", reason: "left" }]);
    expect((await mine.items()).map((one) => one.item)).toEqual([text(item, "mine")]);
    expect(await store().session(mine.tenant, mine.session)).not.toHaveProperty("closedAt");
  });
}

export function pageCases(store: () => Store): void {
  it("pages through all items once, also while newer ones arrive", async () => {
    const writer = new Writer(store);
    const ids = Array.from({ length: 25 }, newItemId);
    for (let from = 0; from < ids.length; from += 5)
      await writer.append(ids.slice(from, from + 5).map((id) => put(text(id, id))));
    const seen: string[] = [];
    let before: string | undefined;
    do {
      const page = { limit: 7, ...(before === undefined ? {} : { before }) };
      const { entries, next } = await store().items(writer.tenant, writer.session, page);
      expect(entries.length).toBe(next === undefined ? 25 % 7 : 7);
      seen.push(...entries.map(({ item }) => item.id));
      await writer.append([put(text(newItemId(), "newer"))]);
      before = next;
    } while (before !== undefined);
    expect(seen).toEqual(ids.toReversed());
  });

  it("has no next page after an exactly full last one", async () => {
    const writer = new Writer(store);
    await writer.append([put(text(newItemId(), "a")), put(text(newItemId(), "b"))]);
    const page = await store().items(writer.tenant, writer.session, { limit: 2 });
    expect(page.entries).toHaveLength(2);
    expect(page).not.toHaveProperty("next");
  });

  it("refuses cursors that it did not make and limits outside 1–100", async () => {
    const writer = new Writer(store);
    const other = new Writer(store);
    for (const one of [writer, other])
      await one.append([put(text(newItemId(), "a")), put(text(newItemId(), "b"))]);
    const { next = "" } = await store().items(other.tenant, other.session, { limit: 1 });
    expect(next).not.toBe("");
    const pages: PageRequest[] = [
      ...["", "x", ".", "e30.e30", `${next}A`, next.slice(1), next].map((before) => ({ limit: 1, before })),
      ...[0, -1, 101, 1.5, Number.NaN].map((limit) => ({ limit })),
    ];
    const { tenant, session } = writer;
    for (const page of pages) {
      const bad = { code: "ERR_BAD_INPUT" };
      await expect(store().items(tenant, session, page)).rejects.toMatchObject(bad);
      await expect(store().interactions(tenant, session, page)).rejects.toMatchObject(bad);
    }
    await expect(
      store().items(other.tenant, other.session, { limit: 1, before: next }),
    ).resolves.toBeDefined();
  });
}
