import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ItemId, SessionId, TenantId } from "../../src/lib/ids.ts";
import { schemaSteps } from "../../src/persistence/libsql/schema.ts";
import { openLibsqlStore } from "../../src/persistence/libsql/store.ts";
import type { VoiceInteraction } from "../../src/persistence/store.ts";
import { newKey, owner, record } from "./records.ts";
import { storeContract } from "./store.contract.ts";

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "parley-store-"));

storeContract("libsql", async () => {
  const folder = await newFolder();
  return {
    open: () => openLibsqlStore({ path: join(folder, "parley.db") }),
    destroy: () => rm(folder, { recursive: true }),
  };
});

describe("libsql store", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await newFolder();
    path = join(folder, "data", "parley.db");
  });
  afterEach(() => rm(folder, { recursive: true }));

  function startAppending(): { pid: number; lines: AsyncIterable<string>; exited: Promise<unknown> } {
    const script = fileURLToPath(new URL("./append-forever.ts", import.meta.url));
    const child = spawn(process.execPath, ["--import", "tsx", script, path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    return {
      pid: child.pid ?? 0,
      lines: createInterface({ input: child.stdout }),
      exited: once(child, "exit"),
    };
  }

  it(
    "[STO-1] has every acknowledged append after kill -9 in the middle of many",
    { timeout: 60_000 },
    async () => {
      const child = startAppending();
      const acknowledged: string[] = [];
      for await (const line of child.lines) {
        acknowledged.push(line);
        if (acknowledged.length === 500) process.kill(child.pid, "SIGKILL");
      }
      await child.exited;
      expect(acknowledged.length).toBeGreaterThanOrEqual(500);
      const store = await openLibsqlStore({ path });
      for (const line of acknowledged) {
        const [tenant, session, sequence] = line.split(" ");
        expect(await store.readLog(Number(sequence))).toMatchObject({ tenant, session });
      }
      const newest = new Map(
        acknowledged
          .map((line) => line.split(" ") as [TenantId, SessionId, string])
          .map(([tenant, session, sequence]) => [session, { tenant, sequence: Number(sequence) }]),
      );
      for (const [session, { tenant, sequence }] of newest) {
        const last = await store.lastLog(tenant, session);
        expect(last?.sequence).toBeGreaterThanOrEqual(sequence);
        const items = await store.items(tenant, session, { limit: 1 }); // one transaction: record and item
        expect(items.entries[0]?.n).toBeGreaterThan(0);
      }
      await store.close();
    },
  );

  it("is refused to a second server, in this process or another, until the first is gone", async () => {
    const child = startAppending();
    for await (const _ of child.lines) break; // it has the store
    const inUse = { code: "ERR_STORE", message: expect.stringContaining("in use by another server") };
    await expect(openLibsqlStore({ path })).rejects.toMatchObject(inUse);
    process.kill(child.pid, "SIGKILL");
    await child.exited;
    const first = await openLibsqlStore({ path });
    await expect(openLibsqlStore({ path })).rejects.toMatchObject(inUse);
    await first.close();
    await (await openLibsqlStore({ path })).close();
  });

  it("says what is wrong with a path, and leaves no thread behind", async () => {
    await writeFile(join(folder, "file"), "x".repeat(5_000));
    const cannot = { code: "ERR_STORE", message: expect.stringContaining("cannot be opened") };
    await expect(openLibsqlStore({ path: folder })).rejects.toMatchObject(cannot);
    await expect(openLibsqlStore({ path: join(folder, "file", "db") })).rejects.toMatchObject(cannot);
    await expect(openLibsqlStore({ path: join(folder, "file") })).rejects.toMatchObject({
      code: "ERR_STORE",
      message: expect.stringContaining("is not a store"),
    });
  });

  it("refuses a store that a newer version made", async () => {
    await (await openLibsqlStore({ path })).close();
    const sql = new Database(path);
    sql.exec("insert into schema_version (version) values (1000)");
    sql.close();
    await expect(openLibsqlStore({ path })).rejects.toMatchObject({
      code: "ERR_STORE",
      message: expect.stringContaining("newer version (schema 1000"),
    });
  });

  it("gives audio of an older version the age of its session", async () => {
    await mkdir(dirname(path));
    const sql = new Database(path);
    sql.exec(`create table schema_version (version integer not null) strict;
      insert into schema_version values (1);${schemaSteps[0] ?? ""}
      insert into sessions values ('t', 'dated', 'm', 1, 5000.5, null);
      insert into item_audio (tenant, session, item, block, pcm)
        values ('t', 'dated', 'i', 0, x'0100'), ('t', 'lost', 'i', 0, x'0200')`);
    sql.close();
    const store = await openLibsqlStore({ path });
    const [tenant, item] = ["t" as TenantId, "i" as ItemId];
    const kept = (session: string) => store.audio(tenant, session as SessionId, item);
    expect(await kept("dated")).toMatchObject([{ at: 5_000.5, pcm: new Uint8Array([1, 0]) }]);
    expect(await kept("lost")).toMatchObject([{ at: 0 }]);
    expect(await store.deleteAudioBefore(5_000)).toBe("done");
    expect(await kept("lost")).toEqual([]);
    expect(await kept("dated")).toHaveLength(1);
    await store.close();
  });

  it("keeps nothing of a write that fails half-way, and all of those that share its commit", async () => {
    const store = await openLibsqlStore({ path });
    const { tenant, session } = newKey();
    const good: VoiceInteraction = {
      id: "good",
      tenant,
      session,
      turn: "turn_1",
      stage: "llm",
      provider: "p",
      run: "run_1",
      outcome: "ok",
      at: 1,
      queueMs: 0,
      durationMs: 0,
      inputSize: 0,
      outputSize: 0,
    };
    const outcomes = await Promise.allSettled([
      store.putInteractions([{ ...good, id: "before" }]),
      store.putInteractions([good, { ...good, id: "bad", at: Number.NaN }]),
      store.putInteractions([{ ...good, id: "after" }]),
    ]);
    expect(outcomes).toMatchObject([
      { status: "fulfilled" },
      { status: "rejected", reason: { code: "ERR_STORE" } },
      { status: "fulfilled" },
    ]);
    const { entries } = await store.interactions(tenant, session, { limit: 10 });
    expect(entries.map(({ id }) => id)).toEqual(["before", "after"]); // same time: by id, descending;
    await store.close();
  });

  it("refuses calls above its bound with ERR_BUSY instead of queueing without end", async () => {
    const store = await openLibsqlStore({ path, pendingMax: 4 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, () => {
        const { tenant, session } = newKey();
        return store.appendLog(tenant, session, record([owner()]), 0);
      }),
    );
    expect(outcomes.map(({ status }) => status).sort()).toEqual([
      ...Array.from({ length: 4 }, () => "fulfilled"),
      ...Array.from({ length: 2 }, () => "rejected"),
    ]);
    expect(outcomes.at(-1)).toMatchObject({ reason: { code: "ERR_BUSY" } });
    await store.close();
  });
});
