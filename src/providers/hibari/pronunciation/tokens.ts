/** A word as it stands between spaces and marks, or one mark that makes a pause. */
export type Token = WordToken | MarkToken;

export interface WordToken {
  readonly type: "word";
  readonly text: string;
  /** The pieces a grammarian would tag: "don't" is "do" and "n't", "well-known" is three. */
  readonly pieces: readonly string[];
  /** Characters of the text up to its end. */
  readonly end: number;
}

export interface MarkToken {
  readonly type: "mark";
  readonly text: PauseMark;
}

/** Marks the network knows as pauses. */
export type PauseMark = "." | "," | "?" | "!" | ";" | ":" | "—" | "…";

const pauseMarks = ".,?!;:—…";
/** Letters of a word that are said: what is longer is no word (a key, a hash), and would be spelled for minutes. */
const wordLettersMax = 40;

/** Signs that have a name worth saying; all others are silent. */
const spokenSigns: ReadonlyMap<string, string> = new Map([
  ["&", "and"],
  ["+", "plus"],
  ["%", "percent"],
  ["@", "at"],
  ["=", "equals"],
]);
const digitNames = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/** A word: letters with marks on them, apostrophes and hyphens inside, dots between single letters ("p.m."). */
const scanner =
  /(?:\p{L}\p{M}*\.){2,}|\p{L}\p{M}*(?:\p{L}|\p{M}|['’-](?=\p{L}))*(?:['’](?!\p{L}))?|['’](?:em|cause|til|tis|twas)(?!\p{L})|\d|\.{2,}|[.,?!;:—…&+%@=]|[–―]|-(?=\s)/giu;

/** Takes normalised text (NFC) apart. What has no pronunciation (emoji, markup, stray signs) is left out; digits that
 *  normalisation left are read one by one. Never throws. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const { 0: found, index } of text.normalize("NFC").matchAll(scanner)) {
    const token = tokenOf(found, index + found.length);
    const before = tokens.at(-1);
    if (token.type === "mark" && before?.type !== "word") continue; // a pause follows a word, once
    tokens.push(token);
  }
  return tokens;
}

function tokenOf(found: string, end: number): Token {
  if (/^\.{2,}$/.test(found)) return { type: "mark", text: "…" };
  if (/^[–―-]$/.test(found)) return { type: "mark", text: "—" };
  if (pauseMarks.includes(found)) return { type: "mark", text: found as PauseMark };
  const word = found.slice(0, wordLettersMax).replaceAll("’", "'");
  const text = spokenSigns.get(found) ?? digitNames[Number(found)] ?? word;
  return { type: "word", text, pieces: piecesOf(text), end };
}

const contraction = /^(.+)(n't|'s|'re|'ve|'ll|'d|'m|')$/i;

function piecesOf(text: string): string[] {
  if (text.toLowerCase() === "cannot") return [text.slice(0, 3), text.slice(3)];
  const [, stem, ending] = contraction.exec(text) ?? [];
  if (stem !== undefined && ending !== undefined) return [...piecesOf(stem), ending];
  return text.split(/(-)/).filter((piece) => piece !== "");
}

/** Splits a word where a reader does: at hyphens and at capitals inside ("JetStream", "OpenAI"). */
export function partsOf(word: string): string[] {
  return word
    .split("-")
    .flatMap((part) => part.split(/(?<=[\p{Ll}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll}(?!$|'))/u))
    .filter((part) => /\p{L}/u.test(part));
}
