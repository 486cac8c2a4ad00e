/** Samples of one voice-activity decision: 32 ms at 16 kHz. */
export const vadFrameSamples = 512;
export const vadSampleRate = 16_000;
/** Samples of the same 32 ms at the rate that audio comes in. */
export const vadFrameSamplesAsReceived = 768;

/** Voice activity of one audio stream. Frames are judged in the order given. */
export interface VadStream {
  /** Judges whole frames; at once where that costs less than to wait for it.
   *  @param samples PCM s16, mono, at the engine's rate; whole frames of 32 ms; read only, not kept after the call
   *  resolves
   *  @returns one speech probability (0–1) per frame
   *  @throws {ParleyError} `ERR_CLOSED` after `close()`, `ERR_PROVIDER` when the engine fails */
  judge(samples: Int16Array): Promise<Float32Array> | Float32Array;
  /** Forgets the stream's history (after a pause in the audio). */
  reset(): void;
  /** Idempotent; frees the stream's state. */
  close(): void;
}

/** A voice-activity detector that serves many streams at once and batches over them. */
export interface VadEngine {
  readonly name: string;
  /** Rate of the samples that it judges, Hz; 16,000 unless it says otherwise. 24,000 is the rate they come in: they are
   *  not resampled then. */
  readonly sampleRate?: 16_000 | 24_000;
  open(): VadStream;
  close(): Promise<void>;
}
