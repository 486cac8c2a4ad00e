import assert from "node:assert/strict";
import { ParleyError } from "../../lib/errors.ts";
import { type VadStream, vadFrameSamples } from "../vad.ts";
import { contextSamples, stateSize } from "./silero-shape.ts";

/** Frames of one stream that may wait: two minutes. Live audio never has more than a few. */
const waitingFramesMax = 3_750;

interface Judgement {
  readonly type: "judge";
  /** The caller's, until a reset. */
  samples: Int16Array;
  readonly probabilities: Float32Array;
  done: number;
  resolve(probabilities: Float32Array): void;
  reject(error: unknown): void;
}

export interface SileroStreamEvents {
  /** A frame is waiting and none was. */
  onWaiting(): void;
  onClosed(): void;
}

/** The model's memory of one stream, and the frames waiting for it. The memory is kept on this side of the worker:
 *  3 kB a frame are cheap to send, and a worker that crashed takes nothing with it. */
export class SileroStream implements VadStream {
  readonly #events: SileroStreamEvents;
  readonly #context = new Float32Array(contextSamples);
  readonly #layers = [new Float32Array(stateSize), new Float32Array(stateSize)] as const;
  /** In the order of the calls. The first one may be in the worker. */
  readonly #tasks: (Judgement | { readonly type: "reset" })[] = [];
  #waitingFrames = 0;
  #closed = false;

  constructor(events: SileroStreamEvents) {
    this.#events = events;
  }

  async judge(samples: Int16Array): Promise<Float32Array> {
    assert(samples.length % vadFrameSamples === 0, "whole frames");
    if (this.#closed) throw closedError();
    if (this.#waitingFrames > waitingFramesMax) {
      throw new ParleyError("ERR_BUSY", "the voice-activity detector does not keep up");
    }
    const frames = samples.length / vadFrameSamples;
    const probabilities = new Float32Array(frames);
    if (frames === 0) return probabilities;
    return new Promise((resolve, reject) => {
      this.#tasks.push({ type: "judge", samples, probabilities, done: 0, resolve, reject });
      this.#waitingFrames += frames;
      if (this.#waitingFrames === frames) this.#events.onWaiting();
    });
  }

  reset(): void {
    if (this.#tasks.length === 0) return this.#forget();
    for (const task of this.#tasks) if (task.type === "judge") task.samples = task.samples.slice();
    this.#tasks.push({ type: "reset" });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#rejectAll(closedError());
    this.#events.onClosed();
  }

  get isWaiting(): boolean {
    return this.#waitingFrames > 0;
  }

  stateOf(layer: 0 | 1): Float32Array {
    return this.#layers[layer];
  }

  /** Writes context and next frame. */
  writeInput(input: Float32Array): void {
    const { samples, done } = this.#current();
    input.set(this.#context);
    const from = done * vadFrameSamples;
    for (let i = 0; i < vadFrameSamples; i += 1) input[contextSamples + i] = samples[from + i]! / 32_768;
    this.#context.set(input.subarray(input.length - contextSamples));
  }

  /** The model's answer to the frame of the last `writeInput`. */
  accept(probability: number, layers: readonly Float32Array[]): void {
    if (this.#closed) return; // closed meanwhile: nobody waits
    const task = this.#current();
    for (const [i, layer] of layers.entries()) this.#layers[i]?.set(layer);
    task.probabilities[task.done] = probability;
    task.done += 1;
    this.#waitingFrames -= 1;
    if (task.done < task.probabilities.length) return;
    this.#tasks.shift();
    task.resolve(task.probabilities);
    this.#applyResets();
  }

  /** The call of the last `writeInput` failed: what waits would be judged without its past, so it fails too. */
  fail(error: unknown): void {
    if (this.#closed) return;
    this.#rejectAll(error);
    this.#forget();
  }

  #current(): Judgement {
    const task = this.#tasks[0];
    assert(task?.type === "judge", "asked only while a frame waits");
    return task;
  }

  #applyResets(): void {
    while (this.#tasks[0]?.type === "reset") {
      this.#tasks.shift();
      this.#forget();
    }
  }

  #rejectAll(error: unknown): void {
    for (const task of this.#tasks.splice(0)) if (task.type === "judge") task.reject(error);
    this.#waitingFrames = 0;
  }

  #forget(): void {
    this.#context.fill(0);
    for (const layer of this.#layers) layer.fill(0);
  }
}

function closedError(): ParleyError {
  return new ParleyError("ERR_CLOSED", "the stream is closed");
}
