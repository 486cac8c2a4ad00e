import { access } from "node:fs/promises";
import { InferenceSession } from "onnxruntime-node";
import { ParleyError } from "../../lib/errors.ts";

/** Loads a model for use by one worker thread. Each session computes on that thread alone: the models are small, so
 *  more threads per call would cost more in waiting for each other than they save, and sessions in other workers
 *  have the other cores. `run` blocks the thread: never open one on the main thread.
 *  @throws {ParleyError} `ERR_MODELS` when the file is missing or is no model */
export async function openSession(path: string): Promise<InferenceSession> {
  try {
    await access(path);
    return await InferenceSession.create(path, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      // Patterns are remembered per input shape; every utterance has another one.
      enableMemPattern: false,
      logSeverityLevel: 3,
    });
  } catch (cause) {
    throw new ParleyError(
      "ERR_MODELS",
      "A model file is missing or cannot be read. Run `parley models fetch`.",
      {
        cause,
      },
    );
  }
}
