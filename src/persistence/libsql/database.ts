import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "libsql";
import { ParleyError } from "../../lib/errors.ts";
import { schemaSteps } from "./schema.ts";

export type Sql = Database.Database;
export type SqlValue = string | number | Uint8Array | null;

/** A prepared statement with typed values and rows. Rows are arrays: libsql adds a field to objects, and gives bytes
 *  as different classes from `get` and `all`. A value left out would be bound as NULL in silence: the tuple type is
 *  what prevents it. */
export interface Statement<Values extends readonly SqlValue[], Row extends readonly unknown[]> {
  get(...values: Values): Row | undefined;
  all(...values: Values): Row[];
  /** @returns how many rows changed */
  run(...values: Values): number;
}

export function prepare<Values extends readonly SqlValue[], Row extends readonly unknown[] = never>(
  sql: Sql,
  text: string,
): Statement<Values, Row> {
  const statement = sql.prepare(text);
  if (statement.reader) statement.raw();
  // One array as the only argument is taken as the list of values; a lone Uint8Array would be taken for names.
  return {
    get: (...values) => statement.get(values) as Row | undefined,
    all: (...values) => statement.all(values) as Row[],
    run: (...values) => statement.run(values).changes,
  };
}

/** Opens or creates the database for this process alone and brings its schema up to date.
 *  @throws {ParleyError} `ERR_STORE` with the reason: cannot be opened, in use by another server, no database, made
 *    by a newer version */
export function openDatabase(path: string): Sql {
  const sql = connect(path);
  try {
    takeForThisProcess(sql);
    migrate(sql, path);
    return sql;
  } catch (cause) {
    sql.close();
    throw cause instanceof ParleyError ? cause : unusable(path, cause);
  }
}

function connect(path: string): Sql {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 }); // conversations are private
    return new Database(path);
  } catch (cause) {
    throw new ParleyError("ERR_STORE", `the store ${path} cannot be opened`, { cause });
  }
}

function unusable(path: string, cause: unknown): ParleyError {
  const code = cause instanceof Database.SqliteError ? cause.code : "";
  if (code.startsWith("SQLITE_BUSY"))
    return new ParleyError("ERR_STORE", `the store ${path} is in use by another server`, { cause });
  if (code.startsWith("SQLITE_NOTADB"))
    return new ParleyError("ERR_STORE", `the file ${path} is not a store`, { cause });
  return new ParleyError("ERR_STORE", `the store ${path} cannot be opened`, { cause });
}

/** Two servers on one data folder would interleave their sessions, so the file stays locked until it is closed or
 *  the process ends, however it ends. */
function takeForThisProcess(sql: Sql): void {
  sql.pragma("locking_mode = exclusive");
  sql.pragma("journal_mode = wal");
  sql.pragma("synchronous = full"); // a commit has reached the disk when it returns
  sql.exec("begin exclusive; commit"); // the mode alone locks nothing before the first access
}

function migrate(sql: Sql, path: string): void {
  sql.exec("begin immediate");
  sql.exec("create table if not exists schema_version (version integer not null) strict");
  const [version = 0] = prepare<[], [number]>(sql, "select max(version) from schema_version").get() ?? [];
  const current = version ?? 0; // max() of no rows is null
  if (current > schemaSteps.length) {
    sql.exec("rollback");
    throw new ParleyError(
      "ERR_STORE",
      `the store ${path} was made by a newer version (schema ${current}, this one knows ${schemaSteps.length})`,
    );
  }
  for (const step of schemaSteps.slice(current)) sql.exec(step);
  if (current < schemaSteps.length) {
    prepare<[number]>(sql, "insert into schema_version (version) values (?)").run(schemaSteps.length);
  }
  sql.exec("commit");
}
