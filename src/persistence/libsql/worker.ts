import assert from "node:assert/strict";
import type { TransferListItem } from "node:worker_threads";
import { serveWorker } from "../../lib/worker-thread.ts";
import { openDatabase } from "./database.ts";
import { GroupCommit } from "./group-commit.ts";
import { createOperations, durabilityOf, type Operations } from "./operations.ts";

/** A request to the store's thread: the name of an operation and what it is called with. */
export type StoreRequest = {
  [Name in keyof Operations]: { readonly name: Name; readonly args: Parameters<Operations[Name]> };
}[keyof Operations];

await serveWorker<{ readonly path: string }, StoreRequest, unknown>(({ path }) => {
  const sql = openDatabase(path);
  const operations = createOperations(sql);
  const commits = new GroupCommit(sql);
  return {
    async handle({ name, args }) {
      const operation = operations[name] as (...args: unknown[]) => unknown;
      const response = await commits.run(durabilityOf[name], () => operation(...args));
      return { response, transfer: name === "audio" ? buffersOf(response) : [] };
    },
    close: () => void sql.close(),
  };
});

function buffersOf(blocks: unknown): TransferListItem[] {
  assert(Array.isArray(blocks));
  return (blocks as ReturnType<Operations["audio"]>).map(({ pcm }) => pcm.buffer as ArrayBuffer);
}
