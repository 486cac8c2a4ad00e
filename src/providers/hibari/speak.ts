import { normaliseForSpeech } from "../normalise/normalise.ts";
import { wordEnds } from "../normalise/word-ends.ts";
import type { WordMark } from "../../protocol/word-mark.ts";
import type { HibariAssets } from "./assets.ts";
import { createMarks } from "./marks.ts";
import type { HibariNetworks } from "./networks.ts";
import { type Piece, piecesOf, sentencesOf } from "./pieces.ts";
import { pronounce } from "./pronunciation/pronounce.ts";
import type { PauseMark } from "./pronunciation/tokens.ts";
import { createChunker } from "./speech/chunker.ts";
import { hop, sampleRate } from "./speech/frames.ts";
import { createNormalPairs, seedOf } from "./speech/noise.ts";
import { createSilenceTrim } from "./speech/silence.ts";
import { vocode } from "./speech/vocoder.ts";

export interface SpokenChunk {
  /** s16, mono, 24 kHz */
  readonly pcm: Int16Array;
  readonly marks: readonly WordMark[];
}

/** Phonemes of one call of the network: about 12 s of speech, a call of 0.2 s on a free core. It bounds how long
 *  other requests of the same thread wait; the network itself takes more. */
const phonemesMax = 180;
/** The same for the first call of a request: about 6 s, so that a long clause does not delay the first sound. */
const firstPhonemesMax = 90;
/** Frames vocoded at a time: 100 ms of sound. */
const framesPerChunk = 8;

/** Silence at the end of a piece, ms at normal speed. Segments of an answer are played one after the other without
 *  a gap, so each brings the pause that its last mark calls for. */
const pauseMs: Readonly<Record<PauseMark | "none", number>> = {
  ".": 250,
  "?": 250,
  "!": 250,
  "…": 250,
  ",": 120,
  ";": 120,
  ":": 120,
  "—": 120,
  none: 40,
};

/** Speaks text.
 *  @param speed 0.5–2
 *  @returns chunks of 20–120 ms with the ends of their words; none when nothing in the text can be said. The same text
 *    and speed give the same samples. */
export async function* speak(
  text: string,
  speed: number,
  assets: HibariAssets,
  networks: HibariNetworks,
): AsyncGenerator<SpokenChunk, void> {
  const spoken = normaliseForSpeech(text);
  const normal = createNormalPairs(seedOf(`${speed} ${spoken}`));
  const chunker = createChunker();
  const marks = createMarks(wordEnds(text, spoken));
  const chunk = (pcm: Int16Array): SpokenChunk => ({ pcm, marks: marks.take() });
  let made = 0; // samples
  for await (const piece of pieces(spoken, assets, networks)) {
    const spectrum = await networks.spectrum(piece.phonemes, speed);
    if (spectrum === undefined) continue;
    const trim = createSilenceTrim();
    const start = made;
    for (const sound of vocode(spectrum.frames, normal, framesPerChunk)) {
      const certain = trim.push(sound);
      // where the piece begins is certain with its first sound
      if (made === start && certain.length > 0) {
        marks.place(piece.words.slice(0, -1), spectrum.ends, start - trim.leadCut * hop);
      }
      for (const samples of certain) {
        made += samples.length;
        yield* chunker.push(samples).map(chunk);
      }
    }
    // the chunk with the last sound is still to come
    if (made > start) marks.place(piece.words.slice(-1), spectrum.ends, start - trim.leadCut * hop, made);
    const pauseSamples = Math.round((pauseMs[piece.end ?? "none"] * sampleRate) / 1_000 / speed);
    for (const last of trim.finish(pauseSamples)) {
      made += last.length;
      yield* chunker.push(last).map(chunk);
    }
  }
  yield* chunker.finish().map(chunk);
}

async function* pieces(
  text: string,
  assets: HibariAssets,
  networks: HibariNetworks,
): AsyncGenerator<Piece, void> {
  const tools = { ...assets, guess: (word: string) => networks.guess(word) };
  let isFirst = true;
  for (const sentence of sentencesOf(text)) {
    const said = await pronounce(sentence.text, tools);
    const words = said.map((word) => ({ ...word, end: sentence.start + word.end }));
    const [first, ...rest] = piecesOf(words, isFirst ? firstPhonemesMax : phonemesMax);
    if (first === undefined) continue;
    yield first;
    yield* rest;
    isFirst = false;
  }
}
