import { ParleyError } from "../../lib/errors.ts";
import { prepare, type Sql } from "./database.ts";

/** What an operation needs of the commit that it shares. `durable`: it has reached the disk when the caller is
 *  answered. `lazy`: it has been handed to the operating system, so that only a power cut can take it; it reaches the
 *  disk with the next durable commit, or when the write-ahead log is next copied into the database. */
export type Durability = "read" | "lazy" | "durable";

/** One thing to do inside the shared transaction. */
interface Task {
  readonly durability: Durability;
  /** Does it; what it returns settles the caller after the commit. */
  readonly run: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Tasks that share one commit at most: bounds how long the first of them waits. */
const batchMax = { durable: 256, other: 8 } as const;
/** Pages of the write-ahead log from which a commit copies it into the database, which can take as long as many commits.
 *  That is left to lazy ones, which nobody waits for; a durable one does it only where there are no others. */
const checkpointPages = { durable: 8_000, lazy: 500 } as const;

/** Runs tasks: the durable ones in order and before the others, which have an order of their own, since a conversation
 *  waits for its log and for nothing else. Those that arrived while the last commit ran share the next one, because what
 *  costs is the commit's way to the disk; each still succeeds or fails alone. Nothing is answered before its commit. Between two
 *  durable commits the others have a turn. */
export class GroupCommit {
  readonly #sql: Sql;
  readonly #begin: () => void;
  readonly #commitNow: () => void;
  readonly #savepoint: () => void;
  readonly #release: () => void;
  readonly #durable: Task[] = [];
  readonly #others: Task[] = [];
  #scheduled = false;
  #othersTurn = false;
  /** What the database does at a commit by now. */
  #synchronous: Durability | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
    const statement = (text: string): (() => void) => {
      const prepared = prepare<[]>(sql, text);
      return () => void prepared.run();
    };
    this.#begin = statement("begin immediate");
    this.#commitNow = statement("commit");
    this.#savepoint = statement("savepoint task");
    this.#release = statement("release task");
  }

  /** The caller bounds how many wait. */
  run<T>(durability: Durability, run: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const queue = durability === "durable" ? this.#durable : this.#others;
      queue.push({ durability, run, resolve: resolve as (result: unknown) => void, reject });
      // a turn later, so that what has been committed is answered before the next work begins
      setImmediate(() => this.#schedule());
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#durable.length + this.#others.length === 0) return;
    this.#scheduled = true;
    // After the event loop's turn, in which every request that has arrived by now is handed over.
    setImmediate(() => {
      this.#scheduled = false;
      const others = this.#durable.length === 0 || (this.#othersTurn && this.#others.length > 0);
      this.#othersTurn = !others;
      this.#commit(
        others ? this.#others.splice(0, batchMax.other) : this.#durable.splice(0, batchMax.durable),
      );
      // a turn later, so that what has been committed is answered before the next work begins
      setImmediate(() => this.#schedule());
    });
  }

  #commit(batch: readonly Task[]): void {
    const settle: (() => void)[] = [];
    const writing = batch.filter(({ durability }) => durability !== "read");
    try {
      if (writing.length > 0) {
        this.#waitForDisk(batch[0]?.durability === "durable" ? "durable" : "lazy");
        this.#begin();
      }
      for (const task of batch)
        settle.push(task.durability === "read" ? outcome(task) : this.#inSavepoint(task));
      if (writing.length > 0) this.#commitNow();
    } catch (error) {
      if (this.#sql.inTransaction) this.#sql.exec("rollback");
      for (const task of batch) task.reject(error);
      return;
    }
    for (const done of settle) done();
  }

  /** A commit of a write-ahead log waits for the disk under `full` only; one that does brings along what was committed
   *  before it. Cannot be changed inside a transaction. */
  #waitForDisk(durability: "durable" | "lazy"): void {
    if (this.#synchronous === durability) return;
    this.#sql.exec(
      `pragma synchronous = ${durability === "durable" ? "full" : "normal"}; pragma wal_autocheckpoint = ${checkpointPages[durability]}`,
    );
    this.#synchronous = durability;
  }

  /** @throws when the whole transaction is lost, as on a full disk */
  #inSavepoint(task: Task): () => void {
    this.#savepoint();
    try {
      const result = task.run();
      this.#release();
      return () => task.resolve(result);
    } catch (error) {
      if (!this.#sql.inTransaction)
        throw new ParleyError("ERR_STORE", "the transaction was lost", { cause: error });
      this.#sql.exec("rollback to task");
      this.#release();
      return () => task.reject(error);
    }
  }
}

function outcome(task: Task): () => void {
  try {
    const result = task.run();
    return () => task.resolve(result);
  } catch (error) {
    return () => task.reject(error);
  }
}
