import type { WordMark } from "../protocol/word-mark.ts";

/** Sampling rate of all synthesised audio, Hz. */
export const ttsSampleRate = 24_000;

export interface TtsRequest {
  /** One segment of an answer as the model wrote it; a local voice normalises it before speaking. */
  readonly text: string;
  /** Voice name from the session; unknown names fall back to the provider's default voice. */
  readonly voice: string;
  /** 0.25–1.5, 1 is normal. */
  readonly speed: number;
  /** Which answer of its session the segment belongs to, counted from 0, when the session says; no voice for people
   *  needs it. */
  readonly answer?: number;
  /** Fires when the answer was cancelled; generation stops soon after. */
  readonly signal: AbortSignal;
}

export interface TtsChunk {
  /** s16, mono, 24 kHz, 20–200 ms; the caller's to keep, and not to write to. */
  readonly pcm: Int16Array;
  /** Words that are new since the chunk before. A voice that says where words end has this on every chunk, also when
   *  it is empty, and gives each mark at the latest with the chunk in which its audio ends. Absent: it does not say,
   *  and what was heard is told by time. */
  readonly marks?: readonly WordMark[];
}

/** A speech synthesiser. The same request always yields the same samples, so that a second run can go on where
 *  a first one was lost; a provider for which that does not hold sets `repeatable: false`. */
export interface TtsProvider {
  readonly name: string;
  readonly repeatable: boolean;
  /** Yields the audio of the text in order.
   *  @throws {ParleyError} `ERR_PROVIDER*`; `ERR_ABORTED` when the signal fired */
  synthesize(request: TtsRequest): AsyncIterable<TtsChunk>;
  close(): Promise<void>;
}
