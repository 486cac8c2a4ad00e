import { abbreviationRules } from "./abbreviations.ts";
import { addressRules } from "./addresses.ts";
import { dateRules } from "./dates.ts";
import { markdownRules } from "./markdown.ts";
import { moneyRules } from "./money.ts";
import { numberRules, specialNumberRules } from "./numbers.ts";
import { phoneRules } from "./phone.ts";
import { romanRules } from "./roman.ts";
import { applyRules, type Rule } from "./rule.ts";
import { streetRules } from "./streets.ts";
import { leadRules, mathRules, symbolRules } from "./symbols.ts";
import { prepare, tidyRules } from "./tidy.ts";
import { timeRules } from "./times.ts";
import { unitRules } from "./units.ts";

/** Characters worked on at once. Longer text is cut at a space, so that time stays linear; a segment of an answer
 *  is far shorter. */
const blockCharsMax = 4_000;
/** Passes over a block until nothing changes. One is the rule; what the tidying uncovers (a digit behind a dropped
 *  sign, say) takes a second. */
const passesMax = 6;

/** From the most specific reading to the most general: what a rule has read holds no more digits or signs, so later
 *  ones pass over it. */
const rules: readonly Rule[] = [
  ...markdownRules,
  ...addressRules,
  ...leadRules,
  ...phoneRules,
  ...dateRules,
  ...timeRules,
  ...moneyRules,
  ...streetRules,
  ...abbreviationRules,
  ...romanRules,
  ...specialNumberRules,
  ...unitRules,
  ...mathRules,
  ...numberRules,
  ...symbolRules,
  ...tidyRules,
];

/** Writes English text out as an American reader would say it aloud.
 *
 *  The result holds only letters, single spaces, apostrophes and hyphens inside words, and the pauses `. , ? ! ; :`.
 *  It is empty when nothing in `text` can be said. A word in capitals ("PDF", "PM", "US") is an acronym: whoever makes
 *  phonemes spells it unless it knows better. Never throws; the same text always gives the same words, and its own
 *  result comes back unchanged. */
export function normaliseForSpeech(text: string): string {
  return blocks(text)
    .map(normaliseBlock)
    .filter((block) => block !== "")
    .join(" ");
}

function blocks(text: string): readonly string[] {
  const found: string[] = [];
  let start = 0;
  while (text.length - start > blockCharsMax) {
    const space = text.lastIndexOf(" ", start + blockCharsMax);
    const end = space > start ? space : start + blockCharsMax;
    found.push(text.slice(start, end));
    start = end;
  }
  return [...found, text.slice(start)];
}

function normaliseBlock(block: string): string {
  let text = block;
  for (let pass = 0; pass < passesMax; pass++) {
    const next = onePass(text);
    if (next === text) break;
    text = next;
  }
  return text;
}

function onePass(text: string): string {
  return applyRules(rules, prepare(text)).replace(/^[\s.,?!;:]+|\s+$/g, "");
}
