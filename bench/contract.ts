/** What the synthetic providers promise, and whether an answer is what they made. */

export const sampleRate = 24_000;
export const bytesPerMs = (sampleRate / 1_000) * 2;

/** Delays and lengths of the synthetic providers as they are by default, ms. */
const providers = {
  llmFirstTokenMs: 50,
  llmTokenMs: 5,
  ttsFirstChunkMs: 30,
  wordsPerSentence: 10,
  sentences: 2,
  wordMs: 300,
} as const;

/** From the end of the turn to the first audio when nothing but the providers takes time: the first sentence is whole
 *  with its tenth token, and is spoken then. Recognition adds nothing: it was done in the pause. */
export const firstAudioMs =
  providers.llmFirstTokenMs +
  (providers.wordsPerSentence - 1) * providers.llmTokenMs +
  providers.ttsFirstChunkMs;

export const answerMs = providers.sentences * providers.wordsPerSentence * providers.wordMs;
export const answerBytes = answerMs * bytesPerMs;

/** First audio this long after the contract's time is late, ms. */
export const lateMs = 200;
/** No `response.done` this long after the turn's end, and the turn is lost, ms. */
export const lostMs = 10_000;

/** Samples of half a wave: 500 Hz. */
const halfWave = sampleRate / 500 / 2;
const chunkMs = 100;

export const magnitudeOf = (answer: number): number => 1_000 + 64 * (answer % 256);

const isMagnitude = (value: number): boolean => value >= 1_000 && (value - 1_000) % 64 === 0;

/** `ms` of an answer from its start, s16le. */
export function answerAudio(answer: number, ms: number, polarity: 1 | -1 = 1): Buffer {
  const bytes = Buffer.alloc(ms * bytesPerMs);
  const magnitude = magnitudeOf(answer) * polarity;
  for (let i = 0; i < bytes.length / 2; i += 1) {
    bytes.writeInt16LE(Math.floor(i / halfWave) % 2 === 0 ? magnitude : -magnitude, i * 2);
  }
  return bytes;
}

/** The base64 of a whole chunk by signed magnitude: nearly all that is received is one of these. */
const wholeChunks = new Map<number, Buffer>();

function wholeChunk(answer: number, polarity: 1 | -1): Buffer {
  const key = magnitudeOf(answer) * polarity;
  const known = wholeChunks.get(key);
  if (known !== undefined) return known;
  const made = Buffer.from(answerAudio(answer, chunkMs, polarity).toString("base64"), "latin1");
  wholeChunks.set(key, made); // at most 512
  return made;
}

/** Holds the audio of one answer against the wave that it must be. */
export class AnswerCheck {
  readonly #answer: number;
  /** Sign of the first half wave; the first sample tells. */
  #polarity: 1 | -1 | undefined;
  bytes = 0;
  /** Of another answer of the session. */
  staleBytes = 0;
  /** Of no answer at all, or out of order. */
  wrongBytes = 0;

  /** @param answer its number in the session, from 0 */
  constructor(answer: number) {
    this.#answer = answer;
  }

  get whole(): boolean {
    return this.bytes === answerBytes && this.staleBytes === 0 && this.wrongBytes === 0;
  }

  /** @param base64 one delta, as it came */
  take(base64: Buffer): void {
    const whole = this.#polarity === undefined ? undefined : wholeChunk(this.#answer, this.#polarity);
    const inStep = (this.bytes / 2) % (2 * halfWave) === 0;
    if (inStep && whole?.equals(base64) === true) this.bytes += chunkMs * bytesPerMs;
    else this.#compare(Buffer.from(base64.toString("latin1"), "base64"));
  }

  #compare(pcm: Buffer): void {
    const magnitude = magnitudeOf(this.#answer);
    if (pcm.length % 2 !== 0) this.wrongBytes += 1;
    for (let at = 0; at + 1 < pcm.length; at += 2) {
      const sample = pcm.readInt16LE(at);
      this.#polarity ??= sample < 0 ? -1 : 1;
      const sign = Math.floor(this.bytes / 2 / halfWave) % 2 === 0 ? this.#polarity : -this.#polarity;
      if (Math.abs(sample) !== magnitude && isMagnitude(Math.abs(sample))) this.staleBytes += 2;
      else if (sample !== magnitude * sign) this.wrongBytes += 2;
      this.bytes += 2;
    }
  }
}
