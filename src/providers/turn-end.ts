/** Sampling rate of the audio that is judged, Hz. */
export const turnEndSampleRate = 16_000;
/** Only so much of a turn's end is judged, samples: 8 s. */
export const turnEndSamplesMax = 8 * turnEndSampleRate;

/** Judges from how something was said whether its speaker has finished, or only makes a pause. */
export interface TurnEndEngine {
  readonly name: string;
  /** @param samples the turn so far with the pause at its end, PCM s16, mono, at `turnEndSampleRate`; of more than
   *    `turnEndSamplesMax` the last ones count; read only, not kept
   *  @param signal fires when the answer is of no interest any more
   *  @returns the probability (0–1) that the speaker has finished; undefined when too many others wait already
   *  @throws {ParleyError} `ERR_PROVIDER*`, `ERR_MODELS`, `ERR_CIRCUIT_OPEN`, `ERR_CLOSED`; `ERR_ABORTED` when the
   *    signal fired */
  judge(samples: Int16Array, signal: AbortSignal): Promise<number | undefined>;
  close(): Promise<void>;
}
