import type { SpokenWord } from "./pronunciation/pronounce.ts";
import type { PauseMark } from "./pronunciation/tokens.ts";

/** What the network is given in one call. */
export interface Piece {
  readonly phonemes: string;
  /** The mark it ends with; undefined where a clause was cut, or the text ended, without one. */
  readonly end: PauseMark | undefined;
  readonly words: readonly PieceWord[];
}

/** Where a word ends. */
export interface PieceWord {
  /** Phonemes of the piece up to its end, without its mark. */
  readonly phonemes: number;
  /** Characters of the text up to its end; 0 for the parts of a word that was cut, but the last. */
  readonly chars: number;
}

export interface Sentence {
  readonly text: string;
  /** Characters of the whole text before it. */
  readonly start: number;
}

/** Characters pronounced at once; a sentence is far shorter. Longer ones are cut at a space, if there is one. */
const sentenceCharsMax = 1_000;

/** Sentences of normalised text, so that the first can be spoken before the rest is looked at. */
export function* sentencesOf(text: string): Generator<Sentence, void> {
  let start = 0;
  for (const { index } of text.matchAll(/(?<=[.!?…])\s+(?!\p{Ll})/gu)) {
    yield* withinBound({ text: text.slice(start, index), start });
    start = index;
  }
  yield* withinBound({ text: text.slice(start), start });
}

function* withinBound(sentence: Sentence): Generator<Sentence, void> {
  let rest = trimmed(sentence);
  while (rest.text.length > sentenceCharsMax) {
    const space = rest.text.lastIndexOf(" ", sentenceCharsMax);
    const cut = space > 0 ? space : sentenceCharsMax;
    yield { text: rest.text.slice(0, cut), start: rest.start };
    rest = trimmed({ text: rest.text.slice(cut), start: rest.start + cut });
  }
  if (rest.text !== "") yield rest;
}

const trimmed = ({ text, start }: Sentence): Sentence => ({
  text: text.trim(),
  start: start + text.length - text.trimStart().length,
});

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
    parts.push({ phonemes: word.phonemes.slice(at, at + room), mark: undefined, end: 0 });
  }
  return [...parts.slice(0, -1), { ...word, phonemes: parts.at(-1)!.phonemes }];
}

function pieceOf(words: readonly SpokenWord[]): Piece {
  let before = 0;
  const ends = words.map(({ phonemes, mark = "", end }): PieceWord => {
    const own = before + lengthOf(phonemes);
    before = own + mark.length + 1; // a space is a phoneme, too
    return { phonemes: own, chars: end };
  });
  return { phonemes: textOf(words), end: words.at(-1)?.mark, words: ends };
}

const textOf = (words: readonly SpokenWord[]): string =>
  words.map(({ phonemes, mark = "" }) => phonemes + mark).join(" ");

const lengthOf = (phonemes: string): number => Array.from(phonemes).length;

/** What the network is given for a piece. */
export interface PhonemeIds {
  /** Numbers of the phonemes between the two zeros that the network expects; what it does not know is left out. */
  readonly ids: readonly number[];
  /** For each phoneme of the piece the index of its number, or of the last number before it. */
  readonly places: readonly number[];
}

export function phonemeIds(phonemes: string, table: ReadonlyMap<string, number>): PhonemeIds {
  const ids = [0];
  const places: number[] = [];
  for (const phoneme of phonemes) {
    const id = table.get(phoneme);
    if (id !== undefined) ids.push(id);
    places.push(ids.length - 1);
  }
  ids.push(0);
  return { ids, places };
}
