import { sentencesOf, tidy, unframed, wordsOf } from "../words.ts";
import type { Facts } from "./facts.ts";
import { parsePattern } from "./pattern.ts";
import { asList, asNumber, type JsonSchema } from "./schema.ts";

/** Characters of a text made up to satisfy a schema. */
const madeUpCharactersMax = 4_096;

export interface Candidate {
  readonly value: unknown;
  /** Whether the user said it; what nobody said is only given where the schema insists. */
  readonly isHeard: boolean;
  /** Which of the numbers said it is: each is given once. */
  readonly takes?: number;
}

const heard = (values: readonly unknown[]): readonly Candidate[] =>
  values.map((value) => ({ value, isHeard: true }));
const guessed = (...values: readonly unknown[]): readonly Candidate[] =>
  values.map((value) => ({ value, isHeard: false }));

/** Texts that a property could take, the best first. `hint` is its name and description. */
export function textCandidates(schema: JsonSchema, hint: string, facts: Facts): readonly Candidate[] {
  const format = schema["format"];
  const known = typeof format === "string" ? formatCandidates(format, facts) : undefined;
  const candidates = known ?? [...byHint(hint.toLowerCase(), facts), ...guessed(subjectOf(facts.text))];
  return [...candidates, ...stated(schema), ...guessed(...madeUp(schema, facts))];
}

/** What the schema's author proposes. */
export function stated(schema: JsonSchema): readonly Candidate[] {
  const given = "default" in schema ? [schema["default"]] : [];
  return guessed(
    ...given,
    ...asList(schema["examples"]),
    ...("example" in schema ? [schema["example"]] : []),
  );
}

function formatCandidates(format: string, facts: Facts): readonly Candidate[] | undefined {
  const today = new Date(facts.now).toISOString();
  const date = facts.dates[0] ?? today.slice(0, 10);
  const time = facts.times[0] === undefined ? undefined : `${facts.times[0]}:00Z`;
  switch (format) {
    case "date":
      return [...heard(facts.dates), ...guessed(date)];
    case "time":
      return [...heard(time === undefined ? [] : [time]), ...guessed(`${today.slice(11, 19)}Z`)];
    case "date-time":
      if (facts.dates.length + facts.times.length === 0) return guessed(`${today.slice(0, 19)}Z`);
      return heard([`${date}T${time ?? "00:00:00Z"}`]);
    case "email":
      return [...heard(facts.emails), ...guessed("user@example.com")];
    case "uri":
    case "url":
      return [...heard(facts.urls), ...guessed("https://example.com/")];
    case "uuid":
      return guessed("00000000-0000-4000-8000-000000000000");
    case "ipv4":
      return guessed("127.0.0.1");
    case "ipv6":
      return guessed("::1");
    case "hostname":
      return guessed("example.com");
    default:
      return undefined;
  }
}

/** By what the property is called. A label in the words ("colour red") is only looked for where nothing else speaks. */
function byHint(hint: string, facts: Facts): readonly Candidate[] {
  const rules: readonly (readonly [RegExp, readonly unknown[]])[] = [
    [/\b(?:city|cities|location|place|destination|origin|town|country|region|where|address|venue)\b/, facts.places],
    [/\b(?:e-?mail)\b/, facts.emails],
    [/\b(?:url|link|website|uri)\b/, facts.urls],
    [/\b(?:date|day|deadline|due|when)\b/, facts.dates],
    [/\b(?:time|hour)\b/, facts.times],
    [/\b(?:name|person|contact|who|recipient|user|to|attendee|artist|author)\b/, facts.names],
    [/\b(?:title|text|message|query|content|body|note|subject|phrase|song|question|prompt|description|task|item|term|keyword)\b/, [...facts.quoted, ...afterVerb(facts.text)]],
  ]; // prettier-ignore
  const label = labelled(hint, facts.text);
  const matching = rules.filter(([pattern]) => pattern.test(hint)).flatMap(([, values]) => values);
  return heard([...matching, ...label, ...facts.quoted]);
}

/** "colour red", "the colour is red": the word after a word of the property's own name. */
function labelled(hint: string, text: string): readonly string[] {
  const words = wordsOf(text);
  const names = new Set(wordsOf(hint.split(":")[0] ?? ""));
  const at = words.findIndex((word) => names.has(word.toLowerCase()) && word.length > 2);
  if (at < 0) return [];
  const rest = words
    .slice(at + 1)
    .filter((word, index) => index > 0 || !/^(?:is|are|to|of|named|called|as)$/i.test(word));
  return rest[0] === undefined || /^(?:in|at|for|on|the|a|and)$/i.test(rest[0]) ? [] : [rest[0]];
}

/** "remind me to call the bank" → "call the bank" */
function afterVerb(text: string): readonly string[] {
  const match =
    /\b(?:(?:remind me|tell (?:him|her|them)|reminder|message|note|task)(?: (?:to|that|saying|about))|saying|called|titled|named|search(?: the web)? for|look up|find|play|about) (.{1,500}?)(?: (?:today|tomorrow|tonight))?[.?!]*$/is.exec(
      text,
    );
  return match?.[1] === undefined ? [] : [match[1]];
}

/** The user's own words, without the polite frame around them. */
function subjectOf(text: string): string {
  return unframed(tidy(sentencesOf(text).at(-1) ?? text)).replace(/[.?!]+$/, "") || "unknown";
}

/** Texts that keep the lengths and the pattern, whatever they say. */
function madeUp(schema: JsonSchema, facts: Facts): readonly string[] {
  const min = Math.min(asNumber(schema["minLength"]) ?? 0, madeUpCharactersMax);
  const max = Math.min(asNumber(schema["maxLength"]) ?? madeUpCharactersMax, madeUpCharactersMax);
  const base = subjectOf(facts.text);
  const cut = Array.from(base.length >= min ? base : base.padEnd(min, " unknown"))
    .slice(0, max)
    .join("")
    .padEnd(min, ".");
  const source = schema["pattern"];
  const pattern = typeof source === "string" ? parsePattern(source) : undefined;
  return pattern === undefined
    ? [cut]
    : [pattern.sample(min), pattern.sample(min + 1), pattern.sample(max), cut];
}
