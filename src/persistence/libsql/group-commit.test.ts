import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openDatabase, prepare } from "./database.ts";
import type { Sql } from "./database.ts";
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
  it("waits for the disk when one of those that share the commit must be there, and only then", async () => {
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
      full,
      full,
    ]);
    expect(await commits.run("lazy", mark)).toBe(normal);
    expect(await commits.run("durable", mark)).toBe(full);
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
