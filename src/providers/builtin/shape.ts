import { numberWords, readNumber } from "./numbers.ts";
import { ended, plain, sentencesOf, wordsOf } from "./words.ts";

/** What was asked of an answer's length and form. */
export interface Shape {
  /** Exactly, or at most, so many words. */
  readonly words?: { readonly count: number; readonly isExact: boolean };
  /** Exactly so many sentences, or fewer where there are not more. */
  readonly sentences?: number;
  readonly isUpperCase?: boolean;
  /** More than the usual. */
  readonly isLong?: boolean;
}

/** Words in an answer of a given length; the wish for more is met with this many. */
const shapeWordsMax = 2_000;

/** Reads the wishes from the user's words or from instructions; the later source wins where both speak. */
export function shapeOf(text: string): Shape {
  const words = plain(text);
  const count = countBefore(words, /^words?$/);
  const isAtMost = /\b(?:at most|no more than|under|fewer than|less than|up to|maximum of)\b/.test(words);
  const sentences = countBefore(words, /^sentences?$/);
  const isWanted =
    /\b(?:in|with|using|exactly|only|answer|respond|reply|use|at most|no more than|under|fewer than|less than|up to|give me)\b/.test(
      words,
    );
  return {
    ...(count !== undefined &&
      isWanted &&
      !/\bword story\b/.test(words) && { words: { count, isExact: !isAtMost } }),
    ...(sentences !== undefined && isWanted && { sentences }),
    ...(sentences === undefined && count === undefined && isBrief(words) && { sentences: 1 }),
    ...(/\b(?:in (?:all )?(?:capitals|caps|upper ?case|capital letters))\b/.test(words) && {
      isUpperCase: true,
    }),
    ...(/\b(?:in detail|at length|long answer|longer answer|detailed|everything you know|as much as you can|a lot about)\b/.test(
      words,
    ) && { isLong: true }),
  };
}

function isBrief(words: string): boolean {
  return /\b(?:briefly|in brief|be brief|keep it (?:short|brief)|(?:brief|short|concise|terse) (?:answers?|repl(?:y|ies)|responses?)|concisely|in short|be (?:concise|short|terse)|short answer)\b/.test(
    words,
  );
}

/** "in exactly five words" → 5: the number that stands right before the unit. */
function countBefore(text: string, unit: RegExp): number | undefined {
  const words = numberWords(text).map((word) => (word === "single" ? "one" : word));
  const at = words.findIndex((word) => unit.test(word));
  for (let from = Math.max(0, at - 4); from < at; from += 1) {
    const read = readNumber(words, from);
    if (read?.next === at && Number.isInteger(read.value) && read.value > 0)
      return Math.min(read.value, shapeWordsMax);
  }
  return words[at - 1] === "a" && unit.test("sentence") ? 1 : undefined;
}

/** The answer in the form asked for. `core` is what counts in it, if one word had to do. */
export function shaped(text: string, core: string | undefined, shape: Shape): string {
  let result = text;
  if (shape.sentences !== undefined) result = sentencesOf(result).slice(0, shape.sentences).join(" ");
  if (shape.words !== undefined) result = inWords(result, core, shape.words);
  return shape.isUpperCase === true ? result.toUpperCase() : result;
}

/** What an answer that is too short is filled up with. */
const filler = "and that is all there is for me to say about it here today".split(" ");

function inWords(
  text: string,
  core: string | undefined,
  wish: { readonly count: number; readonly isExact: boolean },
): string {
  const words = text.split(" ");
  const coreWords = core?.split(" ") ?? [];
  if (words.length > wish.count && coreWords.length > 0 && coreWords.length <= wish.count) {
    return !wish.isExact || coreWords.length === wish.count
      ? ended(core ?? "")
      : tailed(words, coreWords, wish.count);
  }
  if (words.length > wish.count) {
    return ended(
      bare(wish.count === 1 ? firstTelling(words) : begun(words.slice(0, wish.count), wish.isExact)),
    );
  }
  if (!wish.isExact || words.length === wish.count) return text;
  const missing = Array.from(
    { length: wish.count - words.length },
    (_, index) => filler[index % filler.length] ?? "",
  );
  return `${[...words.slice(0, -1), bare(words.at(-1) ?? ""), ...missing].join(" ")}.`;
}

/** Where fewer words will do, the beginning does not stop at "and the". */
function begun(words: readonly string[], isExact: boolean): string {
  const end = words.findLastIndex(
    (word) => !/^(?:a|an|the|and|or|of|to|in|is|are|at|by|for|with|but)$/i.test(word),
  );
  return (isExact || end < 1 ? words : words.slice(0, end + 1)).join(" ");
}

/** So many words with what counts among them. */
function tailed(words: readonly string[], core: readonly string[], count: number): string {
  const lead = words.filter((word) => !core.includes(bare(word))).slice(0, count - core.length);
  const missing = Array.from({ length: count - core.length - lead.length }, () => "exactly");
  return ended([...lead.map(bare), ...missing, ...core].join(" "));
}

/** The one word to answer with: the first that is not a mere opening. */
function firstTelling(words: readonly string[]): string {
  const light = new Set(
    "i i'm you your it it's that this is are was a an the to of in here there well and my not don't do".split(
      " ",
    ),
  );
  return (
    words.find((word) => !light.has(bare(word).toLowerCase()) && wordsOf(word).length > 0) ?? words[0] ?? ""
  );
}

function bare(text: string): string {
  return text.replace(/[.,;:!?]+$/, "");
}
