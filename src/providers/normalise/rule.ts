/** Longest stretch of text, in characters, that a rule may look at on either side of its match. */
const aroundCharsMax = 48;

/** The text beside a match, as far as a reader needs it to decide between two readings. */
export interface Around {
  /** What stands before the match; already rewritten by the earlier rules, not yet by this one. */
  readonly before: string;
  readonly after: string;
}

/** One reading rule: where `pattern` matches, `say` tells the words, or `null` to leave the text alone.
 *
 *  Patterns are global, and all their repetitions are bounded, so that a pass costs linear time whatever the text. */
export interface Rule {
  readonly name: string;
  readonly pattern: RegExp;
  readonly say: (match: readonly string[], around: Around) => string | null;
}

/** Shortest way to write a rule. Groups that took no part in the match are empty strings. */
export function rule(name: string, pattern: RegExp, say: Rule["say"]): Rule {
  return { name, pattern, say };
}

/** Applies the rules one after another, each to the whole text. */
export function applyRules(rules: readonly Rule[], text: string): string {
  return rules.reduce(applyRule, text);
}

function applyRule(text: string, { pattern, say }: Rule): string {
  let said = "";
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const after = match.index + match[0].length;
    const words = say(
      Array.from(match, (group: string | undefined) => group ?? ""),
      {
        before: text.slice(Math.max(0, match.index - aroundCharsMax), match.index),
        after: text.slice(after, after + aroundCharsMax),
      },
    );
    if (words === null) continue;
    said += text.slice(end, match.index) + words;
    end = after;
  }
  return said + text.slice(end);
}

/** The `index`th group of a match; empty when it took no part. */
export function group(match: readonly string[], index: number): string {
  return match[index] ?? "";
}
