import { Tensor } from "onnxruntime-node";
import { ParleyError } from "../../lib/errors.ts";
import { serveWorker } from "../../lib/worker-thread.ts";
import { openSession } from "../onnx/session.ts";
import { turnEndSampleRate } from "../turn-end.ts";
import { createLogMel, melBands, melFrames } from "./log-mel.ts";

export interface SmartTurnRequest {
  /** PCM s16, mono, 16 kHz. */
  readonly samples: Int16Array<ArrayBuffer>;
}

export interface SmartTurnResponse {
  readonly probability: number;
}

await serveWorker<{ readonly modelPath: string }, SmartTurnRequest, SmartTurnResponse>(
  async ({ modelPath }) => {
    const session = await openSession(modelPath);
    const logMel = createLogMel();
    const judge = async (samples: Int16Array): Promise<number> => {
      const features = new Tensor("float32", logMel(samples), [1, melBands, melFrames]);
      // called "logits", and a probability: the model ends in a sigmoid
      const outputs = await session.run({ input_features: features });
      const probability = Number(outputs["logits"]?.data[0]);
      if (!(probability >= 0 && probability <= 1))
        throw new ParleyError("ERR_PROVIDER", "smart-turn gave no probability");
      return probability;
    };
    await judge(new Int16Array(turnEndSampleRate)); // the first run allocates; no caller should wait for it
    return {
      handle: async ({ samples }) => ({ response: { probability: await judge(samples) } }),
      close: () => session.release(),
    };
  },
);
