import { ParleyError } from "../../lib/errors.ts";
import type { Sql } from "./database.ts";

/** One thing to do inside the shared transaction. */
interface Task {
  readonly writes: boolean;
  /** Does it; what it returns settles the caller after the commit. */
  readonly run: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Tasks that share one commit at most: bounds how long the first of them waits. */
const batchMax = 256;

/** Runs tasks strictly in order. Those that arrived while the last commit ran share the next one, because what costs
 *  is the commit's way to the disk; each still succeeds or fails alone. Nothing is answered before its commit. */
export class GroupCommit {
  readonly #sql: Sql;
  #queue: Task[] = [];
  #scheduled = false;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The caller bounds how many wait. */
  run<T>(writes: boolean, run: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ writes, run, resolve: resolve as (result: unknown) => void, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0) return;
    this.#scheduled = true;
    // After the event loop's turn, in which every request that has arrived by now is handed over.
    setImmediate(() => {
      this.#scheduled = false;
      const batch = this.#queue.splice(0, batchMax);
      this.#commit(batch);
      this.#schedule();
    });
  }

  #commit(batch: readonly Task[]): void {
    const settle: (() => void)[] = [];
    try {
      const writes = batch.some((task) => task.writes);
      if (writes) this.#sql.exec("begin immediate");
      for (const task of batch) settle.push(task.writes ? this.#inSavepoint(task) : outcome(task));
      if (writes) this.#sql.exec("commit");
    } catch (error) {
      if (this.#sql.inTransaction) this.#sql.exec("rollback");
      for (const task of batch) task.reject(error);
      return;
    }
    for (const done of settle) done();
  }

  /** @throws when the whole transaction is lost, as on a full disk */
  #inSavepoint(task: Task): () => void {
    this.#sql.exec("savepoint task");
    try {
      const result = task.run();
      this.#sql.exec("release task");
      return () => task.resolve(result);
    } catch (error) {
      if (!this.#sql.inTransaction)
        throw new ParleyError("ERR_STORE", "the transaction was lost", { cause: error });
      this.#sql.exec("rollback to task");
      this.#sql.exec("release task");
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
