import assert from "node:assert/strict";
import type { Clock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import { RevivingWorker } from "../onnx/reviving-worker.ts";
import type { VadEngine, VadStream } from "../vad.ts";
import { SileroStream } from "./silero-stream.ts";
import type { SileroRequest, SileroResponse } from "./silero-worker.ts";
import { inputSamples, stateSize } from "./silero-shape.ts";

/** Frames in one call of the model. A frame takes about 0.1 ms in a batch, so a call holds the others up by at most
 *  some 7 ms; larger batches are not cheaper per frame. */
const batchFramesMax = 64;
const callMsMax = 10_000;

export interface SileroOptions {
  /** `silero_vad.onnx` of the pinned models. */
  readonly modelPath: string;
  /** Told the number of frames of each call. */
  readonly onBatch?: (size: number) => void;
  readonly clock?: Clock;
}

/** Starts the voice-activity detector Silero v6: one worker thread for all streams. Whatever is waiting when the
 *  worker is free goes into one call, at most one frame of each stream.
 *  @throws {ParleyError} `ERR_MODELS` when the model cannot be loaded */
export async function createSileroVad({ modelPath, onBatch, clock }: SileroOptions): Promise<VadEngine> {
  const worker = await RevivingWorker.start<SileroRequest, SileroResponse>(
    new URL("./silero-worker.ts", import.meta.url),
    { name: "silero", data: { modelPath }, callMsMax, clock },
  );
  return new SileroVad(worker, onBatch);
}

class SileroVad implements VadEngine {
  readonly name = "silero";
  readonly #worker: RevivingWorker<SileroRequest, SileroResponse>;
  readonly #onBatch: ((size: number) => void) | undefined;
  readonly #streams = new Set<SileroStream>();
  /** Streams with a frame waiting and none in the worker, longest wait first. */
  readonly #ready = new Set<SileroStream>();
  #running = false;
  #closed = false;

  constructor(worker: RevivingWorker<SileroRequest, SileroResponse>, onBatch?: (size: number) => void) {
    this.#worker = worker;
    this.#onBatch = onBatch;
  }

  open(): VadStream {
    if (this.#closed) throw new ParleyError("ERR_CLOSED", "the voice-activity detector is closed");
    const stream = new SileroStream({
      onWaiting: () => this.#wake(stream),
      onClosed: () => {
        this.#streams.delete(stream);
        this.#ready.delete(stream);
      },
    });
    this.#streams.add(stream);
    return stream;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const stream of this.#streams) stream.close();
    await this.#worker.close();
  }

  #wake(stream: SileroStream): void {
    this.#ready.add(stream);
    if (this.#running) return;
    this.#running = true;
    // Frames of other streams that are read from their sockets in this turn of the event loop come along.
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#ready.size > 0) {
      const batch = [...this.#ready].slice(0, batchFramesMax);
      for (const stream of batch) this.#ready.delete(stream);
      await this.#judge(batch);
      for (const stream of batch) if (stream.isWaiting) this.#ready.add(stream);
    }
    this.#running = false;
  }

  async #judge(batch: readonly SileroStream[]): Promise<void> {
    const count = batch.length;
    const input = new Float32Array(count * inputSamples);
    const state = new Float32Array(2 * count * stateSize);
    for (const [i, stream] of batch.entries()) {
      stream.writeInput(input.subarray(i * inputSamples, (i + 1) * inputSamples));
      for (const layer of [0, 1] as const) state.set(stream.stateOf(layer), (layer * count + i) * stateSize);
    }
    this.#onBatch?.(count);
    try {
      const response = await this.#worker.call({ count, input, state }, [input.buffer, state.buffer]);
      assert(response.probabilities.length === count);
      for (const [i, stream] of batch.entries()) {
        const layers = [0, 1].map((layer) => {
          const at = (layer * count + i) * stateSize;
          return response.state.subarray(at, at + stateSize);
        });
        stream.accept(response.probabilities[i]!, layers);
      }
    } catch (error) {
      for (const stream of batch) stream.fail(error);
    }
  }
}
