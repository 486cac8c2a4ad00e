import { describe, expect, it } from "vitest";
import type { LlmMessage } from "../../protocol/generation.ts";
import { answerTo } from "./answer.ts";
import { wordsOf } from "./words.ts";

const now = Date.UTC(2026, 10, 25, 15, 5);

/** The answer to the last of the lines, which alternate between user and assistant and end with the user. */
function ask(lines: string | readonly string[], instructions = ""): string {
  const all = typeof lines === "string" ? [lines] : lines;
  const messages = all.map((text, index): LlmMessage => ({
    role: (all.length - index) % 2 === 1 ? "user" : "assistant",
    text,
  }));
  return answerTo({ instructions, messages, now });
}

describe("says and spells", () => {
  it.each([
    ["Say hello world.", "hello world."],
    ["Please say: The quick brown fox", "The quick brown fox."],
    ["Repeat after me: I like trains.", "I like trains."],
    [
      "Repeat after me, the quick brown fox jumps over the lazy dog.",
      "the quick brown fox jumps over the lazy dog.",
    ],
    ["Say after me the sky is blue!", "the sky is blue!"],
    ['Could you please repeat the words "one two three"?', "one two three."],
    ["Say what time is it?", "what time is it?"],
    ["Say hello three times", "hello. hello. hello."],
    ["Say yes twice.", "yes. yes."],
    ["Can you repeat after me? I love bananas.", "I love bananas."],
    ["Repeat the following sentence: My dog is brown.", "My dog is brown."],
    ["Say 'we are open' and nothing else.", "we are open."],
    ["Just say ok.", "ok."],
    ["Respond with only the word pong.", "pong"],
    ["Reply with exactly: hello there", "hello there"],
    ["Say the numbers from one to four", "1, 2, 3, 4."],
    ["Spell cat.", "C, A, T."],
    ["How do you spell 'Parley'?", "P, A, R, L, E, Y."],
    ["Can you spell the word queue for me?", "Q, U, E, U, E."],
    ["Spell hello world letter by letter", "H, E, L, L, O; W, O, R, L, D."],
    ["Count to ten.", "1, 2, 3, 4, 5, 6, 7, 8, 9, 10."],
    ["count from three to six", "3, 4, 5, 6."],
    ["Count down from five", "5, 4, 3, 2, 1."],
    ["Count backwards from 10 to 7, please.", "10, 9, 8, 7."],
    ["count to ten by twos", "1, 3, 5, 7, 9."],
    ["Count from minus two to two", "-2, -1, 0, 1, 2."],
  ])("%s → %s", (asked, answer) => {
    expect(ask(asked)).toBe(answer);
  });

  it("counts no further than it says", () => {
    expect(ask("Count to one million")).toMatch(/ 199, 200\. I stop here/);
  });
});

describe("sums, time and date", () => {
  it.each([
    ["What is twelve times seven and a half?", "That makes 90."],
    ["Hey, can you tell me what 2 + 2 is?", "That makes 4."],
    ["What's 10 divided by 0?", "That divides by zero, so it has no answer."],
    ["What is the square root of 81 in one word?", "9."],
    ["What time is it in UTC?", "In UTC it is 3:05 p.m."],
    ["What's the time in Tokyo?", "In Tokyo it is 12:05 a.m."],
    ["what time is it in new york right now", "In New York it is 10:05 a.m."],
    ["What's the date in London today?", "Today is Wednesday, November 25, 2026."],
    ["What day is it tomorrow in UTC?", "Tomorrow is Thursday, November 26, 2026."],
    ["What year is it in UTC?", "It is 2026."],
    ["Which month is it, in UTC?", "It is November 2026."],
    ["What is two plus two, and what is three times three?", "That makes 4. That makes 9."],
  ])("%s → %s", (asked, answer) => {
    expect(ask(asked)).toBe(answer);
  });

  it("says so when it does not know a time zone", () => {
    expect(ask("What time is it in Atlantis?")).toMatch(
      /^I don't know the time zone of Atlantis\. Here it is \d/,
    );
  });
});

describe("remembers the conversation", () => {
  it.each<[readonly string[], string]>([
    [["My name is Sam.", "Nice to meet you.", "What is my name?"], "Your name is Sam."],
    [["Hi, I'm Ana.", "Hello.", "Do you remember my name?"], "Your name is Ana."],
    [["My name is Kim.", "Hello.", "Spell my name, please."], "K, I, M."],
    [["Say that backwards", "No.", "Repeat what I just said"], "You said: Say that backwards."],
    [["What's my name?"], "You have not told me your name."],
    [["My name is Sam."], "Nice to meet you, Sam. I will remember that for this conversation."],
    [
      ["My favourite colour is green.", "Good.", "What's my favourite colour?"],
      "Your favourite colour is green.",
    ],
    [["I like trains", "Oh.", "What did I just say?"], "You said: I like trains."],
    [["Say blue", "blue.", "Say that again."], "blue."],
    [["Say blue", "blue.", "Repeat that"], "blue."],
    [["Say blue", "blue.", "What did you say?"], "blue."],
    [["What did I just say?"], "You have not said anything before this."],
    [
      ["First things first", "Yes.", "And second", "Yes.", "What was the first thing I said?"],
      "You said: First things first.",
    ],
    [["My name is Sam.", "Nice to meet you.", "Hello!"], "Hello, Sam. What can I do for you?"],
  ])("%j → %s", (lines, answer) => {
    expect(ask(lines)).toBe(answer);
  });
});

describe("talks about itself and others", () => {
  it.each([
    ["Hello!", /^Hello\. What can I do/],
    ["Thank you very much.", /^You are welcome\.$/],
    ["Goodbye.", /^Goodbye\.$/],
    ["How are you today?", /^I am well/],
    ["Who are you?", /built-in assistant: a small set of rules, not a language model/],
    ["Are you a real person?", /not a language model/],
    ["What can you do?", /repeat or spell .* sums/],
    ["What is Parley?", /^Parley is a server for voice agents/],
    ["Tell me about the moon.", /^The moon goes around/],
    ["Tell me a joke", /bridge/],
    ["Tell me something interesting.", /^[A-Z].*\.$/],
    [
      "Blorg the frumious zxcv",
      /^I heard: Blorg the frumious zxcv\. I am a small built-in assistant and did not understand/,
    ],
    ["What is the capital of Mongolia?", /did not understand that\. I can repeat/],
  ])("%s → %s", (asked, answer) => {
    expect(ask(asked)).toMatch(answer);
  });
});

describe("gives the length that was asked for", () => {
  it.each([
    ["Tell me about the sea in one sentence.", 1],
    ["Tell me about the sea briefly.", 1],
    ["Tell me about the sea.", 3],
    ["Tell me about the sea in two sentences", 2],
    ["Tell me everything you know about the sea.", 4],
  ])("%s → %i sentences", (asked, count) => {
    expect(ask(asked).match(/\.(?= |$)/g)).toHaveLength(count);
  });

  it.each([
    ["Tell me about the moon in exactly five words.", 5],
    ["Describe bread in three words", 3],
    ["Who are you, in one word?", 1],
    ["In exactly twelve words, what is two plus two?", 12],
    ["Hello, answer in exactly seven words.", 7],
    ["What is 6 times 7? Answer in exactly four words.", 4],
  ])("%s → %i words", (asked, count) => {
    expect(wordsOf(ask(asked))).toHaveLength(count);
  });

  it.each<[string, number, number]>([
    ["Tell me a long story.", 200, 400],
    ["Please tell me a very long story about a dragon", 500, 700],
    ["Keep talking until I stop you.", 200, 400],
    ["Tell me a short story.", 30, 80],
    ["Tell me a story.", 100, 200],
    ["Tell me a 400 word story", 380, 440],
    ["Tell me a story in one sentence.", 5, 40],
  ])("%s → %i to %i words", (asked, min, max) => {
    const { length } = wordsOf(ask(asked));
    expect(length).toBeGreaterThanOrEqual(min);
    expect(length).toBeLessThanOrEqual(max);
  });
});

describe("follows simple instructions", () => {
  it.each<[string, string, string | RegExp]>([
    ["Always answer in one word.", "What is two plus two?", "4."],
    ["Answer in one word.", "Who are you?", /^\S+\.$/],
    ["Reply only with: banana", "What is two plus two?", "banana"],
    ['Always reply with "yes".', "Hello", "yes"],
    ["You must always respond with the single word PONG.", "What's two and two?", "PONG"],
    ["Say 'welcome to the shop' and nothing else.", "Hi", "welcome to the shop"],
    [
      "Respond in at most ten words.",
      "Tell me about the sea",
      "The sea covers about seven tenths of the Earth.",
    ],
    ["Respond with exactly: OK", "Tell me a story", "OK"],
    ['Say exactly "I am here."', "Hello", "I am here."],
    ["You are called Robin.", "What is your name?", "My name is Robin."],
    ["You are called Robin.", "Who are you?", /^I am Robin, played by Parley's built-in assistant/],
    ["Answer briefly.", "Tell me about the moon", /^[^.]+\.$/],
    ["Say welcome first.", "What is two plus two?", "welcome. That makes 4."],
    ['Start every answer with "Well".', "What is two plus two?", "Well. That makes 4."],
    ['End every answer with "over and out".', "What is two plus two?", "That makes 4. over and out"],
    ["If the user asks about pizza, say we are closed.", "Do you have pizza?", "we are closed."],
    ["You are a helpful assistant.", "What is two plus two?", "That makes 4."],
    ["Answer politely and in English.", "What is two plus two?", "That makes 4."],
    ["Speak only English. Be friendly.", "What is two plus two?", "That makes 4."],
    ["Answer in all caps.", "What is two plus two?", "THAT MAKES 4."],
    ["Answer in one sentence.", "Say one. Say two.", /^one/],
  ])("%s %s → %s", (instructions, asked, answer) => {
    expect(ask(asked, instructions)).toMatch(
      typeof answer === "string" ? new RegExp(`^${answer.replace(/[.]/g, "\\.")}$`) : answer,
    );
  });

  it("opens as it is told to when nobody has spoken", () => {
    expect(answerTo({ instructions: "Greet the user.", messages: [], now })).toMatch(/^Hello/);
    expect(answerTo({ instructions: "Say hello and welcome.", messages: [], now })).toMatch(
      /^hello and welcome/i,
    );
    expect(answerTo({ instructions: "", messages: [], now })).not.toBe("");
  });
});

describe("puts tool results into words", () => {
  it.each([
    [
      '{"temperature": 21, "conditions": "cloudy"}',
      "Here is the result of get weather: temperature is 21 and conditions is cloudy.",
    ],
    ["It rains.", "It rains."],
    ['"sunny"', "sunny."],
    ['{"error": "no such city"}', "Get weather did not work: no such city."],
    ['[{"day": 1}, {"day": 2}]', "Get weather gave 2 results: day is 1 and day is 2."],
    ["{}", "Get weather found nothing."],
    ["", "Get weather is done."],
    ['{"a": {"b": {"c": {"d": 1}}}}', "Here is the result of get weather: a: b: c: more."],
  ])("%s → %s", (output, answer) => {
    const messages: readonly LlmMessage[] = [
      { role: "user", text: "What is the weather in Paris?" },
      { role: "tool_call", callId: "1", name: "get_weather", arguments: "{}" },
      { role: "tool_result", callId: "1", output },
    ];
    expect(answerTo({ instructions: "", messages, now })).toBe(answer);
  });
});
