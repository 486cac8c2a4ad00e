import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { ParleyError } from "../../src/lib/errors.ts";
import { serveWorker } from "../../src/lib/worker-thread.ts";

/** What the tests of `worker-thread.ts` ask of a worker. */
export type EchoRequest =
  | { readonly do: "echo"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "refuse" | "throw" | "crash" | "exit" | "block" };

await serveWorker<{ readonly broken: boolean }, EchoRequest, Uint8Array>(({ broken }) => {
  if (broken) throw new ParleyError("ERR_MODELS", "cannot start");
  return {
    async handle(request) {
      if (request.do === "echo") return { response: request.bytes, transfer: [request.bytes.buffer] };
      if (request.do === "wait") await wait(request.ms);
      if (request.do === "refuse") throw new ParleyError("ERR_BAD_INPUT", "refused");
      if (request.do === "crash") setImmediate(() => assert.fail("crashed"));
      if (request.do === "exit") process.exit(3);
      if (request.do === "block") for (;;);
      assert(request.do === "wait" || request.do === "crash", "threw");
      if (request.do === "crash") await new Promise(() => {});
      return { response: new Uint8Array() };
    },
  };
});
