import { serveWorker } from "../../lib/worker-thread.ts";
import { loadAssets } from "./assets.ts";
import { loadNetworks } from "./networks.ts";
import { type SpokenChunk, speak } from "./speak.ts";

/** What the thread is asked. A job's chunks are made as they are pulled, so that jobs take turns and a slow reader
 *  costs no memory. */
export type HibariCall =
  | { readonly type: "start"; readonly job: number; readonly text: string; readonly speed: number }
  | { readonly type: "next"; readonly job: number }
  | { readonly type: "stop"; readonly job: number };

/** The next chunk, or undefined: the end for "next", always for the others. */
export type HibariAnswer = SpokenChunk | undefined;

export interface HibariWorkerData {
  readonly modelDir: string;
}

await serveWorker<HibariWorkerData, HibariCall, HibariAnswer>(async ({ modelDir }) => {
  const assets = await loadAssets(modelDir);
  const networks = await loadNetworks(assets);
  const jobs = new Map<number, AsyncGenerator<SpokenChunk, void>>();
  return {
    handle: async (call) => {
      if (call.type === "start") {
        jobs.set(call.job, speak(call.text, call.speed, assets, networks));
      }
      if (call.type === "stop") {
        void jobs.get(call.job)?.return();
        jobs.delete(call.job);
      }
      if (call.type !== "next") return { response: undefined };
      const chunk = (await jobs.get(call.job)?.next())?.value ?? undefined;
      if (chunk === undefined) return { response: undefined };
      return { response: chunk, transfer: [chunk.pcm.buffer as ArrayBuffer] };
    },
    close: () => networks.close(),
  };
});
