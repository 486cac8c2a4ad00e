import type { HibariAssets } from "./assets.ts";
import type { HibariNetworks } from "./networks.ts";
import { type Piece, piecesOf, sentencesOf } from "./pieces.ts";
import { pronounce } from "./pronunciation/pronounce.ts";
import type { PauseMark } from "./pronunciation/tokens.ts";
import { createChunker } from "./speech/chunker.ts";
import { sampleRate } from "./speech/frames.ts";
import { createNormalPairs, seedOf } from "./speech/noise.ts";
import { createSilenceTrim } from "./speech/silence.ts";
import { vocode } from "./speech/vocoder.ts";

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

/** Speaks normalised text.
 *  @param speed 0.5–2
 *  @returns PCM s16, mono, 24 kHz in chunks of 20–120 ms; none when nothing in the text can be said. The same text
 *    and speed give the same samples. */
export async function* speak(
  text: string,
  speed: number,
  assets: HibariAssets,
  networks: HibariNetworks,
): AsyncGenerator<Int16Array, void> {
  const normal = createNormalPairs(seedOf(`${speed} ${text}`));
  const chunker = createChunker();
  for await (const piece of pieces(text, assets, networks)) {
    const frames = await networks.spectrum(piece.phonemes, speed);
    if (frames === undefined) continue;
    const trim = createSilenceTrim();
    for (const sound of vocode(frames, normal, framesPerChunk)) {
      for (const certain of trim.push(sound)) yield* chunker.push(certain);
    }
    const pauseSamples = Math.round((pauseMs[piece.end ?? "none"] * sampleRate) / 1_000 / speed);
    for (const last of trim.finish(pauseSamples)) yield* chunker.push(last);
  }
  yield* chunker.finish();
}

async function* pieces(
  text: string,
  assets: HibariAssets,
  networks: HibariNetworks,
): AsyncGenerator<Piece, void> {
  const tools = { ...assets, guess: (word: string) => networks.guess(word) };
  let isFirst = true;
  for (const sentence of sentencesOf(text)) {
    const words = await pronounce(sentence, tools);
    const [first, ...rest] = piecesOf(words, isFirst ? firstPhonemesMax : phonemesMax);
    if (first === undefined) continue;
    yield first;
    yield* rest;
    isFirst = false;
  }
}
