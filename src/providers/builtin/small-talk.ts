import type { LlmMessage } from "../../protocol/generation.ts";
import { nameOf } from "./memory.ts";
import { abilities } from "./speaking.ts";
import { plain, tidy } from "./words.ts";

interface Talk {
  readonly text: string;
  readonly core?: string;
}

const jokes = [
  "Why did the clock go back to the shop? It had too much time on its hands.",
  "I told a bridge a joke, and it cracked. It was a suspension bridge, so the ending hung in the air.",
  "What does a ferry say when it is late? Nothing, it just lets the bell ring.",
];

/** Who speaks: said plainly, because a listener may take it for a language model. */
function identity(name: string | undefined): Talk {
  const who =
    name === undefined
      ? "I am Parley's built-in assistant"
      : `I am ${name}, played by Parley's built-in assistant`;
  return {
    text: `${who}: a small set of rules, not a language model. ${abilities()}.`,
    core: name ?? "Parley's built-in assistant",
  };
}

/** Greetings and other courtesies, and questions about the assistant itself. */
export function smallTalk(
  text: string,
  name: string | undefined,
  messages: readonly LlmMessage[],
): Talk | undefined {
  const whole = tidy(text)
    .toLowerCase()
    .replace(/[.,!?;:]+/g, "")
    .trim();
  const words = plain(text);
  const user = nameOf(messages);
  const you = user === undefined ? "" : `, ${user}`;
  if (
    /^(?:what(?:'s| is) your name|who are you called|what are you called|what should i call you|do you have a name)$/.test(
      words,
    )
  ) {
    return name === undefined ? identity(undefined) : { text: `My name is ${name}.`, core: name };
  }
  if (
    /\b(?:who|what) are you\b|^(?:are you|is this|am i (?:talking|speaking) (?:to|with)) .*\b(?:robot|human|person|real|bot|machine|ai|gpt|chatgpt|language model|computer)\b|^(?:introduce|describe) yourself|^tell me about yourself|\bwho (?:made|built) you\b|\bwhat (?:model|kind of (?:model|assistant)) are you\b/.test(
      words,
    )
  ) {
    return identity(name);
  }
  if (
    /^(?:what can you do|what (?:do|are) you (?:do|able to do|good at|good for)|help(?: me)?|how can you help(?: me)?|what can i (?:ask|say)(?: you)?)$/.test(
      words,
    )
  ) {
    return {
      text: `${abilities()}. I follow fixed rules, so beyond that I will tell you when I do not understand.`,
    };
  }
  if (/\bhow are you\b|\bhow(?:'s| is) it going\b|\bhow do you do\b/.test(whole))
    return { text: `I am well, thank you${you}. What can I do for you?` };
  if (/^(?:(?:well|ok|okay|great|good|no|and|oh) )*(?:thanks|thank you|cheers|many thanks)\b/.test(whole))
    return { text: `You are welcome${you}.` };
  if (
    /^(?:(?:ok|okay|well|thanks|thank you) )*(?:good ?bye|bye|bye bye|see you(?: later| soon| tomorrow)?|farewell|good night)\b/.test(
      whole,
    )
  )
    return { text: `Goodbye${you}.` };
  if (
    /^(?:hello|hi|hey|hiya|greetings|good (?:morning|afternoon|evening|day))(?: (?:there|again|everyone|parley|assistant|computer))*$/.test(
      whole,
    ) ||
    /^(?:say hello|greet)\b/.test(words)
  ) {
    return { text: `Hello${you}. What can I do for you?` };
  }
  if (/\bjoke\b/.test(words)) return { text: jokes[messages.length % jokes.length] ?? "" };
  if (
    /^(?:can|do) you (?:hear|understand) me(?: now)?$|^(?:are you (?:there|listening|ready|awake))$|^(?:test|testing)(?: one two(?: three)?)?$/.test(
      words,
    )
  )
    return { text: "Yes, I hear you.", core: "Yes" };
  if (
    /^(?:yes|yeah|yep|no|nope|ok|okay|alright|fine|sure|never ?mind|stop|wait|great|good|right|i see)$/.test(
      whole,
    )
  )
    return { text: "All right. What would you like next?" };
  return undefined;
}
