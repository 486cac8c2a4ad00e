import type { SpokenWord } from "./pronunciation/pronounce.ts";
import type { PauseMark } from "./pronunciation/tokens.ts";

/** What the network is given in one call. */
export interface Piece {
  readonly phonemes: string;
  /** The mark it ends with; undefined where a clause was cut, or the text ended, without one. */
  readonly end: PauseMark | undefined;
}

/** Characters pronounced at once; a sentence is far shorter. Longer ones are cut at a space, if there is one. */
const sentenceCharsMax = 1_000;

/** Sentences of normalised text, so that the first can be spoken before the rest is looked at. */
export function* sentencesOf(text: string): Generator<string, void> {
  let start = 0;
  for (const { index } of text.matchAll(/(?<=[.!?…])\s+(?!\p{Ll})/gu)) {
    yield* withinBound(text.slice(start, index));
    start = index;
  }
  yield* withinBound(text.slice(start));
}

function* withinBound(sentence: string): Generator<string, void> {
  let rest = sentence.trim();
  while (rest.length > sentenceCharsMax) {
    const space = rest.lastIndexOf(" ", sentenceCharsMax);
    const cut = space > 0 ? space : sentenceCharsMax;
    yield rest.slice(0, cut);
    rest = rest.slice(cut).trim();
  }
  if (rest !== "") yield rest;
}

/** Joins the words of a sentence into pieces of at most `phonemesMax`: cut behind the last mark in the second half
 *  of what fits, else between words, and a word that is longer by itself anywhere. */
export function piecesOf(words: readonly SpokenWord[], phonemesMax: number): Piece[] {
  const pieces: Piece[] = [];
  let current: SpokenWord[] = [];
  for (const word of words.flatMap((each) => shortened(each, phonemesMax))) {
    if (current.length > 0 && textOf([...current, word]).length > phonemesMax) {
      const cut = cutAfter(current, phonemesMax / 2);
      pieces.push(pieceOf(current.slice(0, cut)));
      current = current.slice(cut);
    }
    current.push(word);
  }
  if (current.length > 0) pieces.push(pieceOf(current));
  return pieces;
}

function cutAfter(words: readonly SpokenWord[], phonemesMin: number): number {
  const last = words.findLastIndex((word) => word.mark !== undefined);
  if (last >= 0 && textOf(words.slice(0, last + 1)).length >= phonemesMin) return last + 1;
  return words.length;
}

function shortened(word: SpokenWord, phonemesMax: number): SpokenWord[] {
  const room = phonemesMax - 1; // for the mark
  if (word.phonemes.length <= room) return [word];
  const parts: SpokenWord[] = [];
  for (let at = 0; at < word.phonemes.length; at += room) {
    parts.push({ phonemes: word.phonemes.slice(at, at + room), mark: undefined });
  }
  return [...parts.slice(0, -1), { phonemes: parts.at(-1)!.phonemes, mark: word.mark }];
}

function pieceOf(words: readonly SpokenWord[]): Piece {
  return { phonemes: textOf(words), end: words.at(-1)?.mark };
}

const textOf = (words: readonly SpokenWord[]): string =>
  words.map(({ phonemes, mark = "" }) => phonemes + mark).join(" ");

/** Numbers of the phonemes between the two zeros that the network expects; what it does not know is left out. */
export function phonemeIds(phonemes: string, table: ReadonlyMap<string, number>): number[] {
  const ids = Array.from(phonemes).flatMap((phoneme) => table.get(phoneme) ?? []);
  return [0, ...ids, 0];
}
