import type { LlmMessage } from "../../protocol/generation.ts";
import { answerDate, answerTime } from "./calendar.ts";
import { directivesOf, ruleFor, type Directives } from "./directives.ts";
import { answerFromMemory, nameOf } from "./memory.ts";
import { sayResults } from "./results.ts";
import { shapeOf, shaped } from "./shape.ts";
import { smallTalk } from "./small-talk.ts";
import { abilities, answerCount, answerRepeat, answerSpell } from "./speaking.ts";
import { isStoryAsked, tellStory } from "./story.ts";
import { answerSubject } from "./subjects.ts";
import { answerSum } from "./sums.ts";
import { ended, sentencesOf, tidy, unframed } from "./words.ts";

/** Characters of what the user said that are looked at; nobody says more in one breath. */
const askedCharactersMax = 8_000;
/** Characters of the instructions that are searched for directives. */
const instructionCharactersMax = 32_000;

interface Answer {
  readonly text: string;
  /** What one word or number of it would do. */
  readonly core?: string | undefined;
  /** Said as it was asked for: no length is put on it. */
  readonly isVerbatim?: boolean;
  /** Texts of some length, of which the usual answer is only the beginning. */
  readonly isLong?: boolean;
}

export interface Asked {
  readonly instructions: string;
  readonly messages: readonly LlmMessage[];
  /** Unix ms. */
  readonly now: number;
}

/** Sentences of a text on a subject when no length was asked for. */
const subjectSentences = 3;

/** Asked of a user who says nothing. */
const stillThere = "Are you still there?";

/** The server says last that the user has been silent: what they said before is answered already. */
function isSilent(messages: readonly LlmMessage[]): boolean {
  const last = messages.at(-1);
  return last?.role === "system" && /\buser has been silent\b/i.test(last.text);
}

/** The answer to the conversation so far, as text. Never empty. */
export function answerTo(asked: Asked): string {
  const system = asked.messages.flatMap((message) => (message.role === "system" ? [message.text] : []));
  const directives = directivesOf(
    [asked.instructions, ...system].join("\n").slice(0, instructionCharactersMax),
  );
  const user = userTextIn(asked.messages);
  const shape = { ...directives.shape, ...shapeOf(user) };
  const fixed =
    ruleFor(directives, user) ?? directives.fixed ?? (isSilent(asked.messages) ? stillThere : undefined);
  const found = fixed === undefined ? find(asked, user, directives) : { text: fixed, isVerbatim: true };
  const limits =
    found.isLong === true &&
    shape.sentences === undefined &&
    shape.words === undefined &&
    shape.isLong !== true;
  const text =
    found.isVerbatim === true
      ? found.text
      : shaped(found.text, found.core, limits ? { ...shape, sentences: subjectSentences } : shape);
  const parts = [directives.first === undefined ? "" : ended(directives.first), text, directives.last ?? ""];
  return parts.filter((part) => part !== "").join(" ");
}

/** The last thing the user said; "" when nobody has. */
export function userTextIn(messages: readonly LlmMessage[]): string {
  const last = messages.findLast((message) => message.role === "user" && message.text.trim() !== "");
  return last?.role === "user" ? tidy(last.text).slice(0, askedCharactersMax) : "";
}

/** Results of the calls that the answer is to use: those since the user last spoke. */
export function freshResults(
  messages: readonly LlmMessage[],
): readonly { readonly name: string; readonly output: string }[] {
  const since = messages.slice(messages.findLastIndex((message) => message.role === "user") + 1);
  const names = new Map(
    messages.flatMap((message) =>
      message.role === "tool_call" ? [[message.callId, message.name] as const] : [],
    ),
  );
  return since.flatMap((message) =>
    message.role === "tool_result"
      ? [{ name: names.get(message.callId) ?? "the tool", output: message.output }]
      : [],
  );
}

function find(asked: Asked, user: string, directives: Directives): Answer {
  const results = freshResults(asked.messages);
  if (results.length > 0) return { text: sayResults(results) };
  if (user === "") return opening(asked, directives);
  const answer = understood(user, asked, directives);
  if (answer !== undefined) return answer;
  const parts = partsOf(user).map((part) => understood(part, asked, directives));
  const known = parts.filter((part) => part !== undefined);
  if (known.length > 0)
    return known.length === 1 && known[0] !== undefined
      ? known[0]
      : { text: known.map((part) => part.text).join(" ") };
  return {
    text: `I heard: ${ended(user)} I am a small built-in assistant and did not understand that. ${abilities()}.`,
  };
}

/** Nobody has spoken yet: the instructions may say what to open with. */
function opening(asked: Asked, directives: Directives): Answer {
  const told = sentencesOf(tidy(asked.instructions.slice(0, instructionCharactersMax))).map((sentence) =>
    understood(sentence, asked, directives),
  );
  return told.find((answer) => answer !== undefined) ?? { text: "Hello. What can I do for you?" };
}

/** The sentences of what was said, and their halves where a second request begins. */
function partsOf(user: string): readonly string[] {
  return sentencesOf(user).flatMap((sentence) =>
    sentence.split(
      /,? and (?:then |also )?(?=(?:what|who|how|tell|say|spell|count|repeat|which)\b)|, (?=what\b|how\b)/i,
    ),
  );
}

function spellName(user: string, messages: readonly LlmMessage[]): string | undefined {
  const name = /\bspell my name[.?!]*$/i.test(unframed(user)) ? nameOf(messages) : undefined;
  return name === undefined ? undefined : answerSpell(`spell ${name}`);
}

/** The first ability that knows what to do with these words. Requests to say something come first: what follows "say" is
 *  to be said, even when it is a question. */
function understood(user: string, asked: Asked, directives: Directives): Answer | undefined {
  const verbatim =
    spellName(user, asked.messages) ?? answerSpell(user) ?? answerCount(user) ?? answerRepeat(user);
  if (verbatim !== undefined) return { text: verbatim, isVerbatim: true };
  const memory = answerFromMemory(user, asked.messages);
  if (memory !== undefined) return memory;
  const wanted = directivesOf(user).fixed;
  if (wanted !== undefined) return { text: wanted.replace(/(?<=\w)\.$/, ""), isVerbatim: true };
  // A wish for a length ("… in one word") is no part of the question.
  const question = user.replace(
    /,? (?:in|with|using) (?:exactly |only |just |at most |no more than )?(?:a |\S+ ){1,3}(?:words?|sentences?)\b/i,
    "",
  );
  const told = answerSum(question) ?? answerTime(question, asked.now) ?? answerDate(question, asked.now);
  if (told !== undefined) return told;
  if (isStoryAsked(user)) {
    return { text: tellStory(user) };
  }
  const talk = smallTalk(question, directives.name, asked.messages);
  if (talk !== undefined) return talk;
  const subject = answerSubject(question);
  return subject === undefined ? undefined : { text: subject, isLong: true };
}
