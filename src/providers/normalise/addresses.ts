import { group, type Rule, rule } from "./rule.ts";
import { initials } from "./text.ts";
import { cardinal, designation, digitByDigit } from "./words.ts";

const marks: Readonly<Record<string, string>> = {
  ".": "dot",
  "-": "dash",
  _: "underscore",
  "/": "slash",
  "?": "question mark",
  "=": "equals",
  "&": "and",
  "#": "hash",
  "%": "percent",
  "+": "plus",
  ":": "colon",
  "~": "tilde",
  "@": "at",
};
/** Short endings that are said as words; other endings of two letters, or without a vowel, are spelled. */
const spokenShort = new Set([
  "co",
  "me",
  "so",
  "go",
  "to",
  "at",
  "is",
  "in",
  "it",
  "no",
  "my",
  "we",
  "us",
  "an",
  "by",
  "do",
  "if",
  "of",
  "on",
  "or",
  "up",
]);
const topLevels =
  "com|org|net|edu|gov|mil|int|info|biz|io|ai|dev|app|co|uk|us|ca|de|fr|eu|es|it|nl|ch|at|jp|cn|in|au|nz|br|me|tv|xyz|tech|cloud|online|store|shop|site|blog|news|test|local|example";
const fileEndings =
  "js|mjs|ts|tsx|jsx|py|rb|go|rs|java|json|yaml|yml|toml|md|txt|pdf|html|css|csv|xml|zip|tar|gz|png|jpg|jpeg|gif|svg|mp3|mp4|wav|doc|docx|xls|xlsx|ppt|pptx|exe|sh|sql|log|env|ini|conf";

/** Digits inside an address: short ones as a number, longer ones one by one, as they must be typed. */
function addressDigits(digits: string): string {
  if (digits.length <= 2) return cardinal(digits);
  return digits.length === 4 && /^(?:19|20)/.test(digits) ? designation(digits) : digitByDigit(digits);
}

function addressWord(letters: string, afterDot: boolean): string {
  const lower = letters.toLowerCase();
  if (lower === "www") return "WWW";
  if (/^[b-df-hj-np-tv-xz]{2,5}$/i.test(letters) || letters.length === 1) return letters.toUpperCase();
  if (afterDot && letters.length === 2 && (lower === "us" || lower === "it" || !spokenShort.has(lower)))
    return letters.toUpperCase();
  return letters;
}

/** Reads an address character group by character group: "a-b.com" → "A dash B dot com". */
export function spellAddress(address: string): string {
  const parts = address.match(/\p{L}{1,200}|\d{1,200}|[^\p{L}\d]/gu) ?? [];
  return parts
    .map((part, index) => {
      if (/^\d/.test(part)) return addressDigits(part);
      if (/^\p{L}/u.test(part)) return addressWord(part, parts[index - 1] === ".");
      return marks[part] ?? "";
    })
    .filter((word) => word !== "")
    .join(" ");
}

/** An address and the punctuation of the sentence around it, which a greedy match also took. */
function withoutTail(address: string): string {
  const end = /[.,;:!?'")\]]{1,8}$/.exec(address)?.[0] ?? "";
  return spellAddress(address.slice(0, address.length - end.length).replace(/\/$/, "")) + end;
}

/** Splits a tag at its capitals and numbers: "HappyNewYear" → "Happy New Year". */
function tagWords(tag: string): string {
  return tag
    .replace(/_{1,8}/g, " ")
    .replace(/(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\d)|(?<=\d)(?=\p{L})/gu, " ");
}

/** Web and mail addresses, file names, tags, handles, network addresses. */
export const addressRules: readonly Rule[] = [
  rule("mail", /(?:mailto:)?(?<![\w.+-])([\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6})/g, (m) =>
    spellAddress(group(m, 1)),
  ),
  rule("url", /\b(?:https?|ftp|wss?):\/\/([^\s<>"“”]{1,1000})/gi, (m) => withoutTail(group(m, 1))),
  rule(
    "bare url",
    new RegExp(
      String.raw`(?<![\w@.-])((?:www\.[\w-]{1,63}|(?:[a-z0-9][\w-]{0,62}\.){1,5}(?=(?:${topLevels})\b))[\w.-]{0,63}(?::\d{1,5})?(?:[/?#][^\s<>"“”]{0,500})?)`,
      "gi",
    ),
    (m) => (/^\d/.test(group(m, 1)) && !/[a-z]{2}/i.test(group(m, 1)) ? null : withoutTail(group(m, 1))),
  ),
  rule(
    "network address",
    /(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?:\/(\d{1,2}))?(?::(\d{1,5}))?(?![\d]|\.\d)/g,
    (m) => {
      const bits = group(m, 2) === "" ? "" : ` slash ${cardinal(group(m, 2))}`;
      const port = group(m, 3) === "" ? "" : ` port ${addressDigits(group(m, 3))}`;
      return group(m, 1).split(".").map(digitByDigit).join(" dot ") + bits + port;
    },
  ),
  rule(
    "host and port",
    /\b(localhost):(\d{1,5})\b/g,
    (m) => `${group(m, 1)} port ${addressDigits(group(m, 2))}`,
  ),
  rule(
    "file name",
    new RegExp(
      String.raw`(?<![\w@])((?:[\w-]{1,60}[./]){0,8}[\w-]{0,60}[a-z][\w-]{0,60}\.(?:${fileEndings}))(?![\w-])(?!\.\w)`,
      "gi",
    ),
    (m) => spellAddress(group(m, 1)),
  ),
  rule("path", /(?<![\w/.])(~?(?:\/[\w.-]{1,60}){2,12})/g, (m) => withoutTail(group(m, 1))),
  rule("tag", /(?<![\w&])#(\p{L}[\p{L}\p{N}_]{1,100})/gu, (m) => `hashtag ${tagWords(group(m, 1))}`),
  rule("handle", /(?<![\w@])@(\w{2,60})/g, (m) => `at ${spellAddress(group(m, 1))}`),
  rule("name in code", /(?<=[a-z0-9])_{1,3}(?=[a-z0-9])/gi, () => " "),
  rule("dotted name", /(?<=\b[a-z]{2,30})\.(?=[a-z]{2,30}\b)/g, () => " dot "),
  rule("dotted letters", /(?<![\p{L}.])((?:\p{L}\.){2,6}\p{L})(?![\p{L}.])/gu, (m) => initials(group(m, 1))),
];
