import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openDatabase, prepare } from "./database.ts";
import type { Sql } from "./database.ts";
import type { Durability } from "./group-commit.ts";
import { GroupCommit } from "./group-commit.ts";

const full = 2;
const normal = 1;
const folder = mkdtempSync(join(tmpdir(), "parley-commit-"));
let sql: Sql | undefined;

afterEach(() => {
  sql?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("GroupCommit", () => {
  it("waits for the disk for what must be there, and for nothing else", async () => {
    const database = (sql = openDatabase(join(folder, "store.db")));
    database.exec("create table marks (mark integer)");
    const commits = new GroupCommit(database);
    const mark = (): number | undefined => {
      database.exec("insert into marks values (1)");
      return prepare<[], [number]>(database, "pragma synchronous").all()[0]?.[0];
    };
    expect(await Promise.all([commits.run("lazy", mark), commits.run("lazy", mark)])).toEqual([
      normal,
      normal,
    ]);
    expect(await Promise.all([commits.run("lazy", mark), commits.run("durable", mark)])).toEqual([
      normal,
      full,
    ]);
    expect(await commits.run("lazy", mark)).toBe(normal);
    expect(await commits.run("durable", mark)).toBe(full);
  });

  it("lets the log go first, and the others have their turn", async () => {
    const database = (sql = openDatabase(join(folder, "store.db")));
    const commits = new GroupCommit(database);
    const order: string[] = [];
    const run = (durability: Durability, name: string): Promise<unknown> =>
      commits.run(durability, () => void order.push(name));
    const first = [
      run("lazy", "audio 1"),
      run("read", "items"),
      run("durable", "log 1"),
      run("durable", "log 2"),
    ];
    // a log that is never idle
    const busy = first[2]?.then(() => run("durable", "log 3")).then(() => run("durable", "log 4"));
    await Promise.all([...first, busy]);
    expect(order.slice(0, 2)).toEqual(["log 1", "log 2"]);
    expect(order.indexOf("audio 1")).toBeLessThan(order.indexOf("log 4"));
    expect(order.indexOf("items")).toBe(order.indexOf("audio 1") + 1);
  });

  it("lets one fail without the others that share its commit", async () => {
    const database = (sql = openDatabase(join(folder, "store.db")));
    database.exec("create table marks (mark integer unique)");
    const commits = new GroupCommit(database);
    const put = (): void => void database.exec("insert into marks values (1)");
    const outcomes = await Promise.allSettled([
      commits.run("durable", put),
      commits.run("durable", put),
      commits.run("read", () => undefined),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });
});
