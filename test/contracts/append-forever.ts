/** Appends records of 20 sessions at once to the store named by the first argument until it is killed, and prints
 *  `tenant session sequence` of each only after it was acknowledged. */
import { writeSync } from "node:fs";
import { openLibsqlStore } from "../../src/persistence/libsql/store.ts";
import { newItemId, newKey, put, record, text } from "./records.ts";

const store = await openLibsqlStore({ path: process.argv[2] ?? "" });

async function appendForever(): Promise<never> {
  const { tenant, session } = newKey();
  for (let n = 1, last = 0; ; n += 1) {
    const bytes = record([put(text(newItemId(), "x"))], { n, prev: last });
    const outcome = await store.appendLog(tenant, session, bytes, last);
    if (outcome.outcome === "refused") throw new Error("there is no other writer");
    last = outcome.sequence;
    writeSync(1, `${tenant} ${session} ${last}\n`);
  }
}

await Promise.all(Array.from({ length: 20 }, appendForever));
