import { access, readFile } from "node:fs/promises";
import { InferenceSession } from "onnxruntime-node";
import { ParleyError } from "../../lib/errors.ts";

const options: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  // Patterns are remembered per input shape; every utterance has another one.
  enableMemPattern: false,
  logSeverityLevel: 3,
};

/** Loads a model for use by one worker thread. Each session computes on that thread alone: the models are small, so
 *  more threads per call would cost more in waiting for each other than they save, and sessions in other workers
 *  have the other cores. `run` blocks the thread: never open one on the main thread.
 *  @param steps of its graph that are given as outputs, too, after its own
 *  @throws {ParleyError} `ERR_MODELS` when the file is missing or is no model, or has no such step */
export async function openSession(path: string, steps: readonly string[] = []): Promise<InferenceSession> {
  try {
    await access(path);
    if (steps.length === 0) return await InferenceSession.create(path, options);
    return await InferenceSession.create(withOutputs(await readFile(path), steps), options);
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

/** The fields of an ONNX file that name an output (onnx.proto): `ModelProto.graph`, `GraphProto.output`,
 *  `ValueInfoProto.name`, each a protobuf tag of a field with a length. */
const [graphTag, outputTag, nameTag] = [0x3a, 0x62, 0x0a];

/** The model with more outputs. A protobuf message may bring a field twice, and the second is merged with the first: so
 *  what is added is written behind the file. */
export function withOutputs(model: Uint8Array, names: readonly string[]): Uint8Array {
  const outputs = names.map((name) => field(outputTag, field(nameTag, Buffer.from(name))));
  return Buffer.concat([model, field(graphTag, Buffer.concat(outputs))]);
}

function field(tag: number, content: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = content.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Uint8Array.of(tag, ...length, rest), content]);
}
