/** Sampling rate of every utterance handed to a recogniser, Hz. */
export const sttSampleRate = 16_000;

export interface SttRequest {
  /** One utterance: PCM s16, mono, 16 kHz; read only. */
  readonly audio: Int16Array;
  /** BCP 47 tag when the session asked for one. */
  readonly language?: string;
  /** Hint words or text for recognisers that take one. */
  readonly prompt?: string;
  /** Fires when nobody wants the result any more. */
  readonly signal: AbortSignal;
}

export interface SttResult {
  /** What was said, without surrounding white space; "" when no speech was recognised. */
  readonly text: string;
}

/** A speech recogniser. Calls may overlap; an implementation bounds its own parallelism. */
export interface SttProvider {
  readonly name: string;
  /** @throws {ParleyError} `ERR_PROVIDER*`; `ERR_ABORTED` when the signal fired */
  transcribe(request: SttRequest): Promise<SttResult>;
  close(): Promise<void>;
}
