import { Tensor } from "onnxruntime-node";
import { serveWorker } from "../../lib/worker-thread.ts";
import { openSession } from "../onnx/session.ts";
import { stateSize } from "./silero-shape.ts";

/** One frame of each of `count` streams. */
export interface SileroRequest {
  readonly count: number;
  /** [count, context + frame], full scale ±1. */
  readonly input: Float32Array<ArrayBuffer>;
  /** [2, count, stateSize]. */
  readonly state: Float32Array<ArrayBuffer>;
}

export interface SileroResponse {
  /** [count]. */
  readonly probabilities: Float32Array<ArrayBuffer>;
  /** [2, count, stateSize]. */
  readonly state: Float32Array<ArrayBuffer>;
}

await serveWorker<{ readonly modelPath: string }, SileroRequest, SileroResponse>(async ({ modelPath }) => {
  const session = await openSession(modelPath);
  const rate = new Tensor("int64", BigInt64Array.of(16_000n), []);
  return {
    async handle({ count, input, state }) {
      const outputs = await session.run({
        input: new Tensor("float32", input, [count, input.length / count]),
        state: new Tensor("float32", state, [2, count, stateSize]),
        sr: rate,
      });
      // Copies: the runtime's own memory cannot be moved to another thread.
      const probabilities = Float32Array.from(outputs["output"]?.data as Float32Array);
      const next = Float32Array.from(outputs["stateN"]?.data as Float32Array);
      return { response: { probabilities, state: next }, transfer: [probabilities.buffer, next.buffer] };
    },
    close: () => session.release(),
  };
});
