import { type Around, type Rule, rule } from "./rule.ts";

/** Pictures and what modifies them, marks that belong to nothing, invisible characters. */
const picture =
  /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u{E0000}-\u{E007F}]|[\u{FE00}-\u{FE0F}]|\u{20E3}|\u{200D}/gu;

/** First of all: one form of each letter, no pictures, no invisible characters, plain quotes. */
export function prepare(text: string): string {
  return text
    .normalize("NFC")
    .replace(/\r\n?/g, "\n")
    .replace(picture, (sign) => (sign === "©" ? sign : " "))
    .replace(/[\u00ad\u200b\u200c\u2060\ufeff]/g, "")
    .replace(/[\u00a0\u2000-\u200a\u202f\u205f\u3000\t\f\v]/g, " ")
    .replace(/\u2028|\u2029/g, "\n")
    .replace(/[‘’‛ʼ´`](?=\p{L})/gu, (sign) => (sign === "`" ? sign : "'"))
    .replace(/(?<=\p{L})[’ʼ´]/gu, "'")
    .replace(/[\u2010\u2011]/g, "-")
    .replace(/\u2212/g, "−");
}

/** Last of all: pauses instead of dashes, brackets and line ends; nothing but words and pauses is left. */
export const tidyRules: readonly Rule[] = [
  rule("paragraph", /\s{0,40}\n\s{0,40}\n\s{0,40}/g, lineEnd),
  rule("line", / {0,40}\n\s{0,40}(?=["“'(]?[\p{Lu}\d])/gu, lineEnd),
  rule("dots", /\s{0,4}(?:\.{2,200}|(?:\.\s){2,20}\.|…)[.…]{0,20}(?=\s{0,4}(?:$|\p{Lu}))/gu, () => ". "),
  rule("dots inside", /\s{0,4}(?:\.{2,200}|(?:\.\s){2,20}\.|…)[.…]{0,20}/g, () => ", "),
  rule(
    "dash",
    /\s{0,4}[—―⸺]{1,20}\s{0,4}|\s{1,4}[-–]{1,20}\s{1,4}|-{2,20}|(?<=\s)[-–]{1,20}(?=\p{L})|[-–]{1,20}(?=\s|$)/gu,
    () => ", ",
  ),
  rule("dash between words", /(?<=\p{L})–(?=\p{L})/gu, () => " "),
  rule("bracket", /\s{0,4}[()[\]{}|]\s{0,4}/g, () => ", "),
  rule("sentences run together", /(?<=\p{Ll}[.!?])(?=\p{Lu})/gu, () => " "),
  rule("anything else", /[^\p{L}\s'.,?!;:-]/gu, () => " "),
  rule("quote", /(?<!\p{L})'|'(?!\p{L})/gu, () => ""),
  rule("hyphen", /(?<!\p{L})-|-(?!\p{L})/gu, () => " "),
  rule("spaces", /\s{1,400}/g, () => " "),
  rule("space before a pause", /\s{0,4}([.,?!;:])/g, (m) => m[1] ?? ""),
  rule("pauses in a row", /[.,?!;:]{2,400}/g, (m) => strongest(m[0] ?? "")),
  rule("space after a pause", /(?<=[.,?!;:])(?=\p{L})/gu, () => " "),
];

/** Of several pauses the one that matters most. */
function strongest(pauses: string): string {
  return ["?", "!", ".", ";", ":"].find((sign) => pauses.includes(sign)) ?? ",";
}

/** A line end is a pause, unless the line brought one. */
function lineEnd(_: readonly string[], { before }: Around): string {
  return /[.,?!;:]$/.test(before) ? " " : ". ";
}
