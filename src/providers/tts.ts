/** Sampling rate of all synthesised audio, Hz. */
export const ttsSampleRate = 24_000;

export interface TtsRequest {
  /** One segment of an answer as the model wrote it; a local voice normalises it before speaking. */
  readonly text: string;
  /** Voice name from the session; unknown names fall back to the provider's default voice. */
  readonly voice: string;
  /** 0.25–1.5, 1 is normal. */
  readonly speed: number;
  /** Fires when the answer was cancelled; generation stops soon after. */
  readonly signal: AbortSignal;
}

/** A speech synthesiser. The same request always yields the same samples, so that a second run can go on where
 *  a first one was lost; a provider for which that does not hold sets `repeatable: false`. */
export interface TtsProvider {
  readonly name: string;
  readonly repeatable: boolean;
  /** Yields PCM s16, mono, 24 kHz in chunks of 20–200 ms, in order; each chunk is the caller's to keep.
   *  @throws {ParleyError} `ERR_PROVIDER*`; `ERR_ABORTED` when the signal fired */
  synthesize(request: TtsRequest): AsyncIterable<Int16Array>;
  close(): Promise<void>;
}
