/** What the synthetic providers do, to the millisecond: `docs/synthetic.md` says what for. */
export interface SyntheticContract {
  /** From an utterance to its final text, ms. */
  readonly sttMs: number;
  /** From a request to the first token, ms. */
  readonly llmFirstMs: number;
  /** From each token to the next, ms. */
  readonly llmTokenMs: number;
  /** An answer is this many sentences… */
  readonly llmSentences: number;
  /** …of this many words; a word is a token. */
  readonly llmWords: number;
  /** From a segment to its first chunk of audio, ms. */
  readonly ttsFirstMs: number;
  /** From each chunk to the next, ms. A chunk is `chunkMs` of audio. */
  readonly ttsChunkMs: number;
  /** Length of one spoken word, ms. */
  readonly ttsWordMs: number;
}

/** Audio in one chunk of the voice, ms. */
export const chunkMs = 100;
