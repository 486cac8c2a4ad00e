/** Samples of one voice-activity decision: 32 ms at 16 kHz. */
export const vadFrameSamples = 512;
export const vadSampleRate = 16_000;

/** Voice activity of one audio stream. Frames are judged in the order given. */
export interface VadStream {
  /** Judges whole frames.
   *  @param samples PCM s16, mono, 16 kHz; a multiple of `vadFrameSamples`; read only, not kept after the call resolves
   *  @returns one speech probability (0–1) per frame
   *  @throws {ParleyError} `ERR_CLOSED` after `close()`, `ERR_PROVIDER` when the engine fails */
  judge(samples: Int16Array): Promise<Float32Array>;
  /** Forgets the stream's history (after a pause in the audio). */
  reset(): void;
  /** Idempotent; frees the stream's state. */
  close(): void;
}

/** A voice-activity detector that serves many streams at once and batches over them. */
export interface VadEngine {
  readonly name: string;
  open(): VadStream;
  close(): Promise<void>;
}
