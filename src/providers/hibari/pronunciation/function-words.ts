import type { Lexicon, WordContext } from "./lexicon.ts";
import { primary } from "./stress.ts";

/** Readings of the small words whose sound depends on the sentence; undefined for all other words. */
export function readFunctionWord(word: string, context: WordContext, lexicon: Lexicon): string | undefined {
  return rules.get(word.toLowerCase())?.(word, context, lexicon);
}

type Rule = (word: string, context: WordContext, lexicon: Lexicon) => string | undefined;

/** In capitals and used as a name: an acronym ("AM", "IN"), read elsewhere. */
const isAcronym = (word: string, { tag }: WordContext): boolean =>
  word.length > 1 && word === word.toUpperCase() && tag.startsWith("NN");

const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>(
  Object.entries({
    the: (word, context) => (isAcronym(word, context) ? undefined : context.next === "vowel" ? "ði" : "ðə"),
    a: (_, { tag }) => (tag === "DT" ? "ɐ" : "ˈA"),
    an: (word, context) => (isAcronym(word, context) ? undefined : "ɐn"),
    am: (word, context, lexicon) => {
      if (context.tag.startsWith("NN")) return lexicon.spell(word);
      return context.next === "pause" || word !== "am" ? lexicon.entry("am", "DEFAULT") : "ɐm";
    },
    i: (word, { tag }) => (word === "I" && tag === "PRP" ? "ˌI" : undefined),
    by: (_, { tag }) => (tag.startsWith("RB") ? "bˈI" : undefined),
    to: (word, context, lexicon) => {
      if (isAcronym(word, context)) return undefined;
      if (context.next === "pause") return lexicon.entry("to", "DEFAULT");
      return context.next === "vowel" ? "tʊ" : "tə";
    },
    in: (word, context) => {
      if (isAcronym(word, context)) return undefined;
      return context.next === "pause" || context.tag !== "IN" ? `${primary}ɪn` : "ɪn";
    },
    used: (_, { tag, beforeTo }, lexicon) =>
      lexicon.entry("used", (tag === "VBD" || tag === "JJ") && beforeTo ? "VBD" : "DEFAULT"),
  } satisfies Record<string, Rule>),
);
