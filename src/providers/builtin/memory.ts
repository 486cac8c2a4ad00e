import type { LlmMessage } from "../../protocol/generation.ts";
import { capitalised, ended, plain, tidy } from "./words.ts";

type Heard = readonly LlmMessage[];

const textsOf = (messages: Heard, role: "user" | "assistant"): readonly string[] =>
  messages.flatMap((message) =>
    message.role === role && message.text.trim() !== "" ? [tidy(message.text)] : [],
  );

/** Things that a speaker said of themselves, the latest last: "my dog is called Rex", "my name is Sam". */
function factsIn(texts: readonly string[]): ReadonlyMap<string, string> {
  const facts = new Map<string, string>();
  for (const text of texts) {
    for (const match of text.matchAll(
      /\bmy ([a-z][a-z ]{1,30}?)(?:'s name)? (?:is|are)(?: called| named)? ([^,.!?;]+)/gi,
    )) {
      const of = match[1]?.toLowerCase() ?? "";
      if (match[2] !== undefined && !/^what|^who/i.test(match[0])) facts.set(of, match[2].trim());
    }
    const name = /\b(?:call me|i am called|i'm called|i am named|they call me) ([^,.!?;]+)/i.exec(text)?.[1];
    if (name !== undefined) facts.set("name", name.trim());
    const capital = /^(?:[Hh](?:ello|i|ey))?[,.! ]*I(?:'m| am) ([A-Z][\p{L}'-]+)(?=[,.!]|$)/u.exec(text)?.[1];
    if (capital !== undefined) facts.set("name", capital);
  }
  return facts;
}

function isPlural(noun: string): boolean {
  return noun.endsWith("s") && !noun.endsWith("ss");
}

/** The speaker's name, when they gave it. */
export function nameOf(messages: Heard): string | undefined {
  const name = factsIn(textsOf(messages, "user")).get("name");
  return name === undefined || name.split(" ").length > 4 ? undefined : capitalised(name);
}

/** Answers from the conversation; undefined when the question is not about it. `messages` ends with the question. */
export function answerFromMemory(
  text: string,
  messages: Heard,
): { readonly text: string; readonly core?: string } | undefined {
  const words = plain(text);
  return aboutSaid(words, messages) ?? aboutFacts(text, words, messages);
}

function aboutSaid(
  words: string,
  messages: Heard,
): { readonly text: string; readonly core?: string } | undefined {
  const mine = textsOf(messages, "assistant");
  const theirs = textsOf(messages, "user").slice(0, -1);
  if (
    /^what (?:did|have) i (?:just |last )?(?:said|say|ask|asked|told you|tell you)\b|^(?:repeat|say) what i (?:just )?said|^what was my last (?:question|sentence|message)\b|^what i just said$/.test(
      words,
    )
  ) {
    const last = theirs.at(-1);
    return {
      text: last === undefined ? "You have not said anything before this." : `You said: ${ended(last)}`,
    };
  }
  if (/^what was (?:my first (?:question|sentence|message)|the first thing i said)/.test(words)) {
    const first = theirs[0];
    return { text: first === undefined ? "This is the first thing you said." : `You said: ${ended(first)}` };
  }
  if (
    /^(?:repeat|say) (?:that|it|this|yourself)(?: again| once more| one more time)?$|^(?:say|repeat) again$|^(?:again|pardon|pardon me|sorry what|come again|what did you (?:just )?say|repeat what you (?:just )?said|what was that|repeat)$/.test(
      words,
    )
  ) {
    const last = mine.at(-1);
    return { text: last ?? "I have not said anything yet." };
  }
  return undefined;
}

function aboutFacts(
  text: string,
  words: string,
  messages: Heard,
): { readonly text: string; readonly core?: string } | undefined {
  const facts = factsIn(textsOf(messages, "user"));
  const asked =
    /^(?:so |and )?(?:what(?:'s| is| are| was)|do you (?:remember|know)(?: what)?|tell me|who(?:'s| is)) my ([a-z][a-z ]{1,30}?)(?:'s name)?(?: is| are| was| called)?$/.exec(
      words,
    )?.[1] ??
    (/^(?:who am i|what am i called|do you (?:know|remember) who i am)$/.test(words) ? "name" : undefined);
  if (asked !== undefined) {
    const known = facts.get(asked);
    if (known === undefined) return { text: `You have not told me your ${asked}.` };
    return {
      text: `Your ${asked} ${isPlural(asked) ? "are" : "is"} ${ended(known)}`,
      core: known,
    };
  }
  const told = factsIn([tidy(text)]);
  if (told.size === 0 || /\?\s*$/.test(text) || words.split(" ").length > 14) return undefined;
  const name = told.get("name");
  if (name !== undefined)
    return {
      text: `Nice to meet you, ${ended(capitalised(name))} I will remember that for this conversation.`,
    };
  const [of, value] = [...told][0] ?? ["", ""];
  return { text: `I will remember that your ${of} ${isPlural(of) ? "are" : "is"} ${ended(value)}` };
}
