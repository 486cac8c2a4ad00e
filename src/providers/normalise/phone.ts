import { group, type Rule, rule } from "./rule.ts";
import { cardinal, digitByDigit } from "./words.ts";

/** Groups of digits, each digit said and a short pause between the groups. */
export function inGroups(written: string): string {
  return (written.match(/\d{1,40}/g) ?? []).map(digitByDigit).join(", ");
}

/** As {@link inGroups}, but "800" is said as a number, as everybody does. */
function phoneGroups(written: string): string {
  return (written.match(/\d{1,40}/g) ?? [])
    .map((digits) => (digits === "800" ? "eight hundred" : digitByDigit(digits)))
    .join(", ");
}

function international(written: string): string {
  return `plus ${digitByDigit(/^\+\s?(\d{1,20})/.exec(written)?.[1] ?? "")}, ${phoneGroups(written.replace(/^\+\s?\d{1,20}/, ""))}`;
}

const asked =
  /\b(?:call|dial|phone|text|number|tel|fax|at|reach|ext|is|or)\b[\s.:,]{0,3}(?:us |me |him |her |at |is ){0,2}$/i;
const codeWord =
  "PIN|pin|code|password|account|order|ticket|tracking|confirmation|reference|ref|serial|invoice|case|policy|member(?:ship)?|reservation|passcode|ID|id|zip|ZIP|extension|ext|badge|license";

/** Numbers that stand for themselves and are said digit by digit: telephone, card, ISBN, codes. */
export const phoneRules: readonly Rule[] = [
  rule("isbn", /\bISBN(?:-1[03])?:?\s{1,2}(\d[\d -]{8,18}[\dXx])(?![\d-])/g, (m) => {
    const tail = /[Xx]$/.test(group(m, 1)) ? " X" : "";
    return `ISBN ${inGroups(group(m, 1))}${tail}`;
  }),
  rule("card", /(?<![\d-])(\d{4}([ -])\d{4}\2\d{4}\2\d{4})(?![\d-])/g, (m) => inGroups(group(m, 1))),
  rule("card (15 digits)", /(?<![\d-])(\d{4}([ -])\d{6}\2\d{5})(?![\d-])/g, (m) => inGroups(group(m, 1))),
  rule("international", /(?<![\w+])(\+\d{1,3}[ .-]?\(?\d{1,4}\)?(?:[ .-]{1,2}\d{2,4}){1,5})(?!\d)/g, (m) =>
    international(group(m, 1)),
  ),
  rule("international, unbroken", /(?<![\w+])\+(\d)(\d{3})(\d{3})(\d{4})(?!\d)/g, (m) =>
    international(`+${m.slice(1).join(" ")}`),
  ),
  rule("with area", /(?<![\w+-])((?:1[ .-])?\(?\d{3}\)?[ .-]{1,2}\d{3}[.-]\d{4})(?![\d-])/g, (m) =>
    phoneGroups(group(m, 1)),
  ),
  rule(
    "area with spaces",
    /(?<![\w+-])((?:1 )?\(\d{3}\) ?\d{3}[ -]\d{4}|1 \d{3} \d{3} \d{4})(?![\d-])/g,
    (m) => phoneGroups(group(m, 1)),
  ),
  rule(
    "in letters",
    /(?<![\w+-])(1-\d{3})-([A-Z]{3,10})\b/g,
    (m) => `${phoneGroups(group(m, 1))}, ${group(m, 2).toLowerCase()}`,
  ),
  rule(
    "local",
    /(?<![\w$€£.,+/-])(\d{3})-(\d{4})(?![\d%-]|\.\d|\s?(?:[ap]\.?m|[A-Za-z]{1,3}\b(?<=kg|km|mg|ml|mm|ms|GB|MB)))/g,
    (m, { before }) => {
      const likeRange = group(m, 1).endsWith("0") && group(m, 2).endsWith("0");
      return !likeRange || group(m, 1) === "555" || asked.test(before) ? inGroups(group(m, 0)) : null;
    },
  ),
  rule("social security", /(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])/g, (m) => inGroups(group(m, 0))),
  rule(
    "short number",
    /(?<=\b(?:[Cc]all|[Dd]ial|[Tt]ext|[Pp]hone|[Cc]alled|[Cc]alling|[Dd]ialed|[Dd]ialing)\s(?:to\s)?)(\d{3})(?![\d.,:%-]?\d|\s?[a-z])/g,
    (m) => digitByDigit(group(m, 1)),
  ),
  rule("emergency", /\b(911)(?=\s(?:call|operator|dispatcher|emergency|service))/g, (m) =>
    digitByDigit(group(m, 1)),
  ),
  rule(
    "code",
    new RegExp(
      String.raw`(?<=\b(?:${codeWord})(?:\snumber|\scode)?(?:\sis|:|\s#|\sno\.|\sNo\.)?\s{1,2}#?)(\d{3,24})(?![\d.,%]?\d|[\p{L}-])`,
      "gu",
    ),
    (m) => digitByDigit(group(m, 1)),
  ),
  rule(
    "unbroken telephone",
    /(?<=\b(?:call|dial|phone|text|number|tel|at)(?:\sis)?[\s:.]{1,3})(\d{3})(\d{3})(\d{4})(?!\d)/gi,
    (m) => m.slice(1).map(digitByDigit).join(", "),
  ),
  rule("long digits", /(?<![\w.,])(\d{9,40})(?![\w]|[.,]\d)/g, (m) => {
    const digits = group(m, 1);
    if (/0{6}$/.test(digits) && digits.length <= 15 && !digits.startsWith("0")) return cardinal(digits);
    const size = digits.length % 4 === 0 ? 4 : 3;
    return (digits.match(new RegExp(String.raw`\d{1,${size}}`, "g")) ?? []).map(digitByDigit).join(", ");
  }),
];
