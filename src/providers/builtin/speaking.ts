import { numberWords, readNumber } from "./numbers.ts";
import { ended, listed, plain, tidy, unframed } from "./words.ts";

/** Numbers in one counting answer. */
const countMax = 200;
/** Repetitions of one phrase. */
const repeatMax = 20;

/** What is to be said after "say" or "repeat after me", as it was written; undefined when nothing is. */
export function phraseToSay(text: string): string | undefined {
  const asked = unframed(tidy(text));
  const match =
    /^(?:just |only )?(?:say|repeat|echo)\b(?:[,:]? (?:after me|exactly|the following(?: words?| sentence| phrase| text)?|the words?|this sentence|these words|the phrase|the sentence|back to me|out loud|aloud|just|only))*[,:.?]*[ ]+(.+)$/is.exec(
      asked,
    );
  const phrase = match?.[1]?.trim();
  if (
    phrase === undefined ||
    /^(?:(?:that|it|this|again|yourself|something|anything|after me)\b.{0,12}|what (?:i|you) .{0,20})$/i.test(
      phrase,
    )
  ) {
    return undefined;
  }
  return phrase;
}

export function answerRepeat(text: string): string | undefined {
  const phrase = phraseToSay(text);
  if (phrase === undefined) return undefined;
  const { what, times } = timesOf(phrase);
  const said = ended(unquoted(what.replace(/,? and nothing else[.!]?$/i, "")));
  return Array.from({ length: times }, () => said).join(" ");
}

/** "hello three times", "hello twice" */
function timesOf(phrase: string): { readonly what: string; readonly times: number } {
  const match = /^(.+?),? (twice|thrice|(?:\S+ )?\S+ times)[.!]?$/is.exec(phrase);
  const count = match?.[2]?.toLowerCase() ?? "";
  const times =
    count === "twice"
      ? 2
      : count === "thrice"
        ? 3
        : readNumber(numberWords(count.replace(/ times$/, "")), 0)?.value;
  if (match?.[1] === undefined || times === undefined || !Number.isInteger(times) || times < 1) {
    return { what: phrase, times: 1 };
  }
  return { what: match[1], times: Math.min(times, repeatMax) };
}

export function unquoted(text: string): string {
  return /^(["'])(.+)\1[.!?]?$/s.exec(text.trim())?.[2] ?? text.trim();
}

const spellPattern =
  /^(?:how (?:do|would) (?:you|i|we) spell|how is|spell)(?: out)?(?: for me)?(?:[,:]? (?:the|my|this|that))?(?: (?:word|name|words|names|following))?[,:]? +(.+?)(?: spelled| spelt)?(?:,? (?:letter by letter|for me|out|aloud))*[.?!]*$/i;

export function answerSpell(text: string): string | undefined {
  const asked = unframed(tidy(text));
  if (/^how is\b/i.test(asked) && !/\bspel(?:led|t)[.?!]*$/i.test(asked)) return undefined;
  const what = spellPattern.exec(asked)?.[1];
  if (what === undefined) return undefined;
  const spelt = unquoted(what)
    .split(/\s+/)
    .map((word) =>
      Array.from(word.toUpperCase())
        .filter((character) => /[\p{L}\p{N}]/u.test(character))
        .join(", "),
    )
    .filter((word) => word !== "");
  return spelt.length === 0 ? undefined : `${spelt.join("; ")}.`;
}

export function answerCount(text: string): string | undefined {
  const asked = plain(text);
  const match = /^(?:count|(?:say|list|recite|give me|tell me) (?:all )?(?:the )?numbers)\b(.*)$/.exec(asked);
  if (match === null) return undefined;
  const given = boundsOf(match[1] ?? "");
  if (given === undefined) return "Tell me how far to count, for example from one to ten.";
  const { from, to, step } = given;
  const length = Math.floor(Math.abs(to - from) / step) + 1;
  const numbers = Array.from(
    { length: Math.min(length, countMax) },
    (_, index) => from + (to >= from ? index : -index) * step,
  );
  const whole = `${numbers.join(", ")}.`;
  return length <= countMax ? whole : `${whole} I stop here: I count at most ${countMax} numbers at a time.`;
}

interface Bounds {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

function boundsOf(rest: string): Bounds | undefined {
  const isDown = /\b(?:down|backwards?)\b/.test(rest);
  const number = (pattern: RegExp): number | undefined => {
    const words = numberWords(pattern.exec(rest)?.[1] ?? "");
    const read = readNumber(words[0] === "minus" ? words.slice(1) : words, 0);
    return read === undefined ? undefined : Math.round(words[0] === "minus" ? -read.value : read.value);
  };
  const from = number(/\bfrom (.+?)(?: (?:up |down |backwards? )?(?:to|until|till)\b| by\b|$)/);
  const to = number(/\b(?:to|until|till) (.+?)(?: by\b| in\b| from\b|$)/);
  const step = Math.max(1, number(/\b(?:by|in) (.+?)s?(?: (?:to|from)\b|$)/) ?? 1);
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined && to !== undefined) return isDown ? { from: 10, to, step } : { from: 1, to, step };
  return { from: from ?? 1, to: to ?? (isDown ? 1 : (from ?? 1) + 9), step };
}

/** What the assistant can do, for whoever asks and for whoever was not understood. */
export function abilities(): string {
  return `I can ${listed(["repeat or spell what you say", "count", "do sums", "tell the time and the date", "tell a story", "remember what you told me in this conversation"])}`;
}
