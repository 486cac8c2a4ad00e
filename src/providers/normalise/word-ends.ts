import { normaliseForSpeech } from "./normalise.ts";

/** Where a word of the text is over, in what is said for it. */
export interface WordEnd {
  /** Characters of the text up to the word's end, with the punctuation that clings to it. */
  readonly chars: number;
  /** Characters of the spoken form up to the end of the last word that is said for it, without a pause behind it. */
  readonly spoken: number;
}

/** Pairs of words that may be compared: 600 words against as many. A segment of an answer is far shorter. */
const pairsMax = 360_000;
/** A word that reads as it is written. */
const plainWord = /^\p{L}[\p{L}'’-]*[.,?!;:]?$/u;

/** Finds which words of the spoken form are said for which word of the text ("$3.50," for "three dollars and fifty
 *  cents"). How a word is read depends on what is around it, so each is read by itself and that is laid against the
 *  whole with the fewest differences. A word that is not said ends with the one before it.
 *  @param spoken what `normaliseForSpeech` made of `text`
 *  @returns ascending in both; empty when the text is too long */
export function wordEnds(text: string, spoken: string): WordEnd[] {
  const words = Array.from(text.matchAll(/\S+/g), ({ 0: word, index }) => ({
    word,
    end: index + word.length,
  }));
  const read = words.flatMap(({ word }, of) => readAlone(word).map((key) => ({ key, of })));
  const said = Array.from(spoken.matchAll(/\S+/g), ({ 0: word, index }) => ({
    key: keyOf(word),
    end: index + word.replace(/[.,?!;:]+$/, "").length,
  }));
  if ((read.length + 1) * (said.length + 1) > pairsMax) return [];
  const owners = align(
    read.map(({ key }) => key),
    said.map(({ key }) => key),
  );
  const ends: WordEnd[] = words.map(({ end }) => ({ chars: end, spoken: 0 }));
  let last = 0; // a word that is only in the whole is said for the one before it
  for (const [index, owner] of owners.entries()) {
    if (owner !== undefined) last = read[owner]?.of ?? last;
    const word = ends[last];
    if (word !== undefined) ends[last] = { ...word, spoken: said[index]?.end ?? 0 };
  }
  let spokenUpTo = 0;
  return ends.map(({ chars, spoken: own }) => {
    spokenUpTo = Math.max(spokenUpTo, own);
    return { chars, spoken: spokenUpTo };
  });
}

const keyOf = (word: string): string => word.toLowerCase().replace(/[^\p{L}]/gu, "");

function readAlone(word: string): string[] {
  const said = plainWord.test(word) ? word : normaliseForSpeech(word);
  return said
    .split(/\s+/)
    .map(keyOf)
    .filter((key) => key !== "");
}

/** The alignment of two lists of words with the fewest words exchanged, left out or added.
 *  @returns for each word of `to` the index in `from` that it stands against; undefined where it was added */
function align(from: readonly string[], to: readonly string[]): (number | undefined)[] {
  const width = to.length + 1;
  const costs = new Uint32Array((from.length + 1) * width);
  const cost = (i: number, j: number): number => costs[i * width + j] ?? 0;
  const exchanged = (i: number, j: number): number =>
    cost(i - 1, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
  for (let i = 0; i <= from.length; i += 1) {
    for (let j = 0; j <= to.length; j += 1) {
      if (i === 0 || j === 0) costs[i * width + j] = i + j;
      else costs[i * width + j] = Math.min(exchanged(i, j), cost(i - 1, j) + 1, cost(i, j - 1) + 1);
    }
  }
  const owners: (number | undefined)[] = to.map(() => undefined);
  for (let i = from.length, j = to.length; i > 0 && j > 0;) {
    if (cost(i, j) === exchanged(i, j)) owners[(j -= 1)] = i -= 1;
    else if (cost(i, j) === cost(i - 1, j) + 1) i -= 1;
    else j -= 1;
  }
  return owners;
}
