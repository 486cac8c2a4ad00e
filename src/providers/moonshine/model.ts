import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type InferenceSession, Tensor } from "onnxruntime-node";
import { floatFromSamples } from "../../audio/pcm.ts";
import { ParleyError } from "../../lib/errors.ts";
import { openSession } from "../onnx/session.ts";
import { sttSampleRate } from "../stt.ts";
import { type Tokenizer, beginToken, endToken, readTokenizer } from "./tokenizer.ts";

/** Above what anyone says in a second (the model's authors' figure): it ends a decoder that repeats itself. */
const tokensPerSecondMax = 6.5;
/** So that a very short utterance still has room for its end token. */
const tokensExtra = 2;

/** Shape of the decoder's memory: layers, heads, values per head. */
const layers = 6;
const heads = 8;
const headSize = 36;

type Tensors = Record<string, Tensor>;

/** The recogniser's two networks on the calling thread. */
export interface MoonshineModel {
  /** Recognises one piece. Greedy: the likeliest token each time.
   *  @param isCancelled asked before each step of the decoder
   *  @throws {ParleyError} `ERR_ABORTED` once `isCancelled` says so */
  recognise(samples: Int16Array, isCancelled: () => boolean): Promise<string>;
  close(): Promise<void>;
}

/** @param dir holds `encoder_model.ort`, `decoder_model_merged.ort` and `tokenizer.bin`
 *  @throws {ParleyError} `ERR_MODELS` */
export async function loadMoonshine(dir: string): Promise<MoonshineModel> {
  const encoder = await openSession(join(dir, "encoder_model.ort"));
  const decoder = await openSession(join(dir, "decoder_model_merged.ort"));
  const tokenizer = readTokenizer(await readFile(join(dir, "tokenizer.bin")));
  return {
    recognise: (samples, isCancelled) => recognise({ encoder, decoder, tokenizer }, samples, isCancelled),
    close: async () => {
      await encoder.release();
      await decoder.release();
    },
  };
}

interface Parts {
  readonly encoder: InferenceSession;
  readonly decoder: InferenceSession;
  readonly tokenizer: Tokenizer;
}

async function recognise(parts: Parts, samples: Int16Array, isCancelled: () => boolean): Promise<string> {
  const { encoder, decoder, tokenizer } = parts;
  const throwIfCancelled = (): void => {
    if (isCancelled()) throw new ParleyError("ERR_ABORTED", "recognition was cancelled");
  };
  throwIfCancelled();
  const shape = [1, samples.length];
  const mask = new Tensor("int64", new BigInt64Array(samples.length).fill(1n), shape);
  const audio = new Tensor("float32", floatFromSamples(samples), shape);
  const encoded = await encoder.run({ input_values: audio, attention_mask: mask });

  const tokensMax = Math.ceil((samples.length / sttSampleRate) * tokensPerSecondMax) + tokensExtra;
  const tokens: number[] = [];
  let memory = emptyMemory();
  let token = beginToken;
  while (tokens.length < tokensMax) {
    throwIfCancelled();
    const isFirst = tokens.length === 0;
    const outputs: Tensors = await decoder.run({
      input_ids: new Tensor("int64", BigInt64Array.of(BigInt(token)), [1, 1]),
      encoder_hidden_states: tensorOf(encoded, "last_hidden_state"),
      encoder_attention_mask: mask,
      use_cache_branch: new Tensor("bool", [!isFirst], [1]),
      ...memory,
    });
    token = likeliest(tensorOf(outputs, "logits").data as Float32Array);
    if (token === endToken) break;
    tokens.push(token);
    memory = nextMemory(memory, outputs, isFirst);
  }
  return tokenizer.decode(tokens);
}

function emptyMemory(): Tensors {
  const memory: Tensors = {};
  for (const name of memoryNames()) {
    memory[`past_key_values.${name}`] = new Tensor("float32", new Float32Array(0), [1, heads, 0, headSize]);
  }
  return memory;
}

/** The decoder's own part grows with each token. The encoder's part is complete after the first step; what later
 *  steps return for it is empty. */
function nextMemory(memory: Tensors, outputs: Tensors, isFirst: boolean): Tensors {
  const next: Tensors = { ...memory };
  for (const name of memoryNames()) {
    if (isFirst || name.includes("decoder"))
      next[`past_key_values.${name}`] = tensorOf(outputs, `present.${name}`);
  }
  return next;
}

function* memoryNames(): Generator<string> {
  for (let layer = 0; layer < layers; layer += 1) {
    for (const part of ["decoder.key", "decoder.value", "encoder.key", "encoder.value"])
      yield `${layer}.${part}`;
  }
}

function tensorOf(tensors: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const tensor = tensors[name];
  if (tensor === undefined)
    throw new ParleyError("ERR_MODELS", `The recogniser's model has no output ${name}.`);
  return tensor;
}

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i += 1) if (logits[i]! > logits[best]!) best = i;
  return best;
}
