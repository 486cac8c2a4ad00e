import { readFunctionWord } from "./function-words.ts";
import type { Lexicon, NextSound, WordContext } from "./lexicon.ts";
import { nameReadings } from "./names.ts";
import { compounded, demoted, fullyStressed, isConsonant, isVowel } from "./stress.ts";
import { withS } from "./suffixes.ts";
import { type TaggerModel, tagPieces } from "./tagger.ts";
import { type PauseMark, type WordToken, partsOf, tokensOf } from "./tokens.ts";

/** A word as it is said, with the pause that follows it. */
export interface SpokenWord {
  /** Sounds of the word and its stress, in the network's alphabet; never empty. */
  readonly phonemes: string;
  readonly mark: PauseMark | undefined;
  /** Characters of the text up to its end, without the mark. */
  readonly end: number;
}

export interface Pronunciation {
  readonly lexicon: Lexicon;
  readonly tagger: TaggerModel;
  /** Guesses a word that no dictionary knows; empty when it has no idea. */
  guess(word: string): Promise<string>;
}

/** Both halves of a word taken for a compound have at least this many letters: shorter ones are found by accident. */
const compoundLettersMin = 4;
/** Unknown words of at most so many letters ("de", "van") may stay unstressed. */
const particleLettersMax = 3;

/** Reads one sentence of normalised text. Never fails on odd characters: they are left out. */
export async function pronounce(text: string, tools: Pronunciation): Promise<SpokenWord[]> {
  const tokens = tokensOf(text);
  const tags = wordTags(tokens, tools.tagger);
  const spoken: SpokenWord[] = [];
  let next: NextSound = "pause";
  let beforeTo = false;
  let mark: PauseMark | undefined;
  for (let index = tokens.length - 1; index >= 0; index--) {
    // from the end: a reading depends on what follows it
    const token = tokens[index]!;
    if (token.type === "mark") {
      [mark, next, beforeTo] = [token.text, "pause", false];
      continue;
    }
    const context: WordContext = { tag: tags[index]!, next, beforeTo };
    const phonemes = (await readWord(token.text, context, tools)).replaceAll("ɾ", "T").replaceAll("ʔ", "t");
    if (phonemes === "") continue;
    spoken.push({ phonemes, mark, end: token.end });
    mark = undefined;
    next = firstSound(phonemes) ?? next;
    beforeTo = token.text.toLowerCase() === "to";
  }
  return spoken.reverse();
}

/** One tag per token (marks get their own too, unused). */
function wordTags(tokens: readonly ReturnType<typeof tokensOf>[number][], tagger: TaggerModel): string[] {
  const pieces = tokens.map((token) => (token.type === "word" ? token.pieces : [token.text]));
  const tags = tagPieces(tagger, pieces.flat());
  let at = 0;
  return pieces.map((own) => {
    const tag = tags[at + heaviest(own)]!;
    at += own.length;
    return tag;
  });
}

/** The piece that decides what a word is: the longest, capitals counting twice. */
function heaviest(pieces: WordToken["pieces"]): number {
  const weights = pieces.map((piece) => piece.length + piece.replace(/[^\p{Lu}]/gu, "").length);
  return weights.indexOf(Math.max(...weights));
}

function firstSound(phonemes: string): NextSound | undefined {
  for (const phoneme of phonemes) {
    if (isVowel(phoneme)) return "vowel";
    if (isConsonant(phoneme)) return "consonant";
  }
  return undefined;
}

async function readWord(word: string, context: WordContext, tools: Pronunciation): Promise<string> {
  const known = readKnown(word, context, tools.lexicon);
  if (known !== undefined) return known;
  const parts = partsOf(word);
  if (parts.length < 2) return readUnknown(word, context, tools);
  const readings: { text: string; phonemes: string }[] = [];
  let { next } = context;
  for (const part of parts.toReversed()) {
    const own: WordContext = { tag: context.tag, next, beforeTo: false };
    const phonemes = readKnown(part, own, tools.lexicon) ?? (await readUnknown(part, own, tools));
    readings.unshift({ text: part, phonemes });
    next = firstSound(phonemes) ?? next;
  }
  return compounded(readings).join("");
}

function readKnown(word: string, context: WordContext, lexicon: Lexicon): string | undefined {
  const name = nameReadings.get(word.toLowerCase());
  if (name !== undefined) return name;
  if (/^(?:\p{L}\.)+\p{L}?$/u.test(word)) return lexicon.spell(word);
  return readFunctionWord(word, context, lexicon) ?? lexicon.read(word, context);
}

/** A word no dictionary knows, from the surest way to the wildest. */
async function readUnknown(word: string, context: WordContext, tools: Pronunciation): Promise<string> {
  const { lexicon } = tools;
  const [, owner] = /^(.+)'s$/i.exec(word) ?? [];
  if (owner !== undefined) {
    const stem = await readWord(owner, context, tools);
    return stem === "" ? "" : withS(stem);
  }
  const plain = word.normalize("NFD").replace(/\p{M}/gu, "");
  if (plain !== word) {
    const known = readKnown(plain, context, lexicon);
    if (known !== undefined) return known;
  }
  const letters = plain.replaceAll("'", "");
  if (letters.length > 1 && /^[b-df-hj-np-tv-xz]+$/i.test(letters)) return lexicon.spell(letters) ?? "";
  const compound = readCompound(letters, context, lexicon);
  if (compound !== undefined) return compound;
  const guessed = await tools.guess(word.replaceAll("'", ""));
  return letters.length > particleLettersMax ? fullyStressed(guessed) : guessed;
}

/** "Livestream" as "live" and "stream": the cut with the longest shorter half wins. */
function readCompound(word: string, context: WordContext, lexicon: Lexicon): string | undefined {
  const lower = word.toLowerCase();
  let best: readonly [string, string] | undefined;
  for (let cut = compoundLettersMin; cut <= lower.length - compoundLettersMin; cut++) {
    const halves = [lower.slice(0, cut), lower.slice(cut)] as const;
    if (!halves.every((half) => lexicon.lists(half))) continue;
    if (best === undefined || shorter(halves) > shorter(best)) best = halves;
  }
  if (best === undefined) return undefined;
  const [first, second] = best.map((half) => lexicon.read(half, context) ?? "");
  return first! + demoted(second!); // closed compounds are stressed in front: "livestream", "wildcard"
}

const shorter = ([a, b]: readonly [string, string]): number => Math.min(a.length, b.length);
