import { shapeOf, type Shape } from "./shape.ts";
import { unquoted } from "./speaking.ts";
import { plain, sentencesOf, tidy, wordsOf } from "./words.ts";

/** What a small assistant can follow of the instructions it was given; the rest it leaves alone. */
export interface Directives {
  readonly shape: Shape;
  /** Say exactly this, whatever was asked. */
  readonly fixed?: string;
  readonly first?: string;
  readonly last?: string;
  readonly name?: string;
  /** "If asked about …, say …" */
  readonly rules: readonly { readonly topic: readonly string[]; readonly say: string }[];
}

export function directivesOf(instructions: string): Directives {
  let found: Directives = { shape: {}, rules: [] };
  for (const sentence of sentencesOf(tidy(instructions))) {
    const word = wordPattern.exec(sentence)?.[1];
    const read =
      word === undefined ? readSentence(sentence, found) : { fixed: phrase(word).replace(/\.$/, "") };
    const shape = word === undefined ? { ...found.shape, ...shapeOf(sentence) } : found.shape;
    found = { ...found, ...read, shape };
  }
  return found;
}

const rulePattern =
  /^(?:if|when|whenever) (?:the user |a user |someone |anyone |anybody |they |you(?: are|'re) )?(?:asks?|asked|says?|mentions?|wants?)?(?: you)?(?: to know)?(?: about| for)? ?(.+?),? (?:then )?(?:always )?(?:say|answer|reply|respond)(?: with)?:? (.+)$/i;
const firstPatterns = [
  /^(?:always )?say (.+?) (?:first|before (?:anything else|you answer|answering|your answer))[.!]?$/i,
  /\b(?:start|begin|open) (?:every |each |all |your |the |with )*(?:answers?|repl(?:y|ies)|responses?|sentences?)? ?(?:with|by saying):? (.+)$/i,
];
const lastPattern =
  /\b(?:end|finish|close) (?:every |each |all |your |the )*(?:answers?|repl(?:y|ies)|responses?)? ?(?:with|by saying):? (.+)$/i;
const fixedPattern =
  /^(?:please )?(?:(?:always|only|just|you must|you should|you may) )*(?:(?:reply|answer|respond|say|output)(?: only| exactly| always| just)*(?: with)?(?: exactly| only| just| the words?| the text| the phrase| the following)*)(?::| with)? (.+)$/i;
/** "Respond with the single word PONG": a phrase, though it reads like a length. */
const wordPattern =
  /\b(?:reply|answer|respond|say)\b.{0,40}? (?:with )?(?:exactly |only |just )?the (?:single |one |exact )?words?:? (.{1,60}?)$/i;
const namePattern =
  /\b(?:you(?: are|'re) (?:called|named)|your name is|call yourself|go by the name(?: of)?) ([\p{L}][\p{L}'-]*(?: [A-Z][\p{L}'-]*)?)/iu;
const capitalName = /^You are ([A-Z][\p{L}'-]+)(?=[,.]|$)/u;

function readSentence(sentence: string, sofar: Directives): Partial<Directives> {
  const rule = rulePattern.exec(sentence);
  if (rule?.[1] !== undefined && rule[2] !== undefined) {
    return { rules: [...sofar.rules, { topic: topicWords(rule[1]), say: phrase(rule[2]) }] };
  }
  const first = firstPatterns
    .map((pattern) => pattern.exec(sentence)?.[1])
    .find((found) => found !== undefined);
  if (first !== undefined) return { first: phrase(first) };
  const last = lastPattern.exec(sentence)?.[1];
  if (last !== undefined) return { last: phrase(last) };
  const name = (namePattern.exec(sentence) ?? capitalName.exec(sentence))?.[1];
  if (name !== undefined) return { name };
  const fixed = fixedPattern.exec(sentence)?.[1];
  return fixed !== undefined && isPhrase(sentence, fixed) ? { fixed: phrase(fixed) } : {};
}

/** "Reply only with: yes" gives a phrase to say; "answer in one word", "reply in English" and "answer politely" do not. */
function isPhrase(sentence: string, phraseGiven: string): boolean {
  if (Object.keys(shapeOf(sentence)).length > 0) return false;
  if (/^["'].+["'][.!]?$/.test(phraseGiven)) return true;
  if (
    /^(?:in|as|like|to|the user|questions?|politely|briefly|all|every|when|if|about|what|nothing|something|hello to|only|with(?:out)?|a|an|your|truthfully|honestly|friendly|clearly|slowly|naturally|concisely)\b/i.test(
      phraseGiven,
    )
  ) {
    return false;
  }
  return /\b(?:only|exactly|always|just|say|with)\b/i.test(sentence);
}

function phrase(text: string): string {
  const given = text.trim().replace(/,? and nothing else[.!]?$/i, "");
  return unquoted(unquoted(given).replace(/^["']|["'](?=[.!?]?$)/g, "")).trim();
}

const dull = new Set(
  "the a an of to for about is are your you it and or what how who when where why do does".split(" "),
);

function topicWords(text: string): readonly string[] {
  return wordsOf(plain(text)).filter((word) => !dull.has(word));
}

/** What the rules say about these words. */
export function ruleFor(directives: Directives, text: string): string | undefined {
  const words = new Set(wordsOf(plain(text)));
  return directives.rules.find(({ topic }) => topic.length > 0 && topic.every((word) => words.has(word)))
    ?.say;
}
