import { group, type Rule, rule } from "./rule.ts";
import { numberPattern } from "./text.ts";
import { cardinal, decimal, designation, digitByDigit, dotted, ordinal, pluralOf, year } from "./words.ts";

const vulgar: Readonly<Record<string, string>> = {
  "½": "1/2",
  "⅓": "1/3",
  "⅔": "2/3",
  "¼": "1/4",
  "¾": "3/4",
  "⅕": "1/5",
  "⅖": "2/5",
  "⅗": "3/5",
  "⅘": "4/5",
  "⅙": "1/6",
  "⅚": "5/6",
  "⅛": "1/8",
  "⅜": "3/8",
  "⅝": "5/8",
  "⅞": "7/8",
  "⅒": "1/10",
};
const software =
  "Node(?:\\.js|JS)?|Python|Java|JavaScript|TypeScript|Ubuntu|iOS|iPadOS|Android|macOS|Windows|Chrome|Firefox|Safari|[Vv]ersions?|[Rr]eleases?|Debian|Fedora|Go|Rust|Ruby|PHP|React|Next|Vue|Angular|npm|pnpm|Yarn|Postgres|PostgreSQL|MySQL|SQLite|Redis|Cassandra|Kubernetes|Docker|Django|Rails|Linux|[Kk]ernel|Swift|Kotlin|Bluetooth|USB|HTTP|TLS|SSL|HTML|CSS|Bash|Deno|Bun|Perl|Scala|Elixir|Erlang|NATS|Claude|GPT|Llama|Gemini|Qwen|Mistral|Section|[Cc]hapter";
const yearBefore =
  /(?:^|[\s("“'‘])(?:[Ii]n|[Ss]ince|[Uu]ntil|[Tt]ill|[Ff]rom|[Dd]uring|[Bb]y|[Bb]efore|[Aa]fter|year|of|[Ee]arly|[Ll]ate|mid|circa|[Ss]ummer|[Ss]pring|[Ff]all|[Aa]utumn|[Ww]inter|copyright|class of|to|and|or)[\s-]{1,2}$/;
const countBefore =
  /\b(?:about|over|under|nearly|almost|than|least|most|only|exactly|approximately|around|another|some|these|those|has|have|had|with|all|sold|bought|roughly|up to)\s{1,2}$/i;
const countAfter =
  /^\s(?:(?:new|more|other|different|old|young|small|large|big|unique|active|free|extra|registered|red|blue|green)\s)?(?:people|men|women|children|sheep|fish|mice|feet|teeth|dollars?|percent|degrees|miles|(?!(?:was|is|has|its|this|as|does|says|census|always|across|unless|us|sees|plus|minus|times|equals|versus|previous|various|series|was|ends|starts|begins|brings|marks|thus|perhaps|Olympics)\b)[a-z]{2,24}(?<![su])s)\b/;

/** Whether four bare digits are a quantity and not a year. */
function isCount(digits: string, before: string, after: string): boolean {
  if (!/^(?:1[1-9]|20)/.test(digits)) return !(digits.startsWith("10") && yearBefore.test(before));
  return countAfter.test(after) || countBefore.test(before);
}

/** A bare number of four digits, as a year or as a quantity: "1500 people" are fifteen hundred. */
function fourDigits(digits: string, before: string, after: string): string {
  if (!isCount(digits, before, after)) return year(digits);
  const rounded = /^[1-9][1-9]00$/.test(digits);
  return rounded && Number(digits) < 2000 ? `${cardinal(digits.slice(0, 2))} hundred` : cardinal(digits);
}

/** "3/4" → "three quarters"; with `mixed`, after a whole number, "a half". */
function fraction(top: string, bottom: string, mixed: boolean): string {
  const one = Number(top) === 1;
  const part = Number(bottom) === 2 ? "half" : Number(bottom) === 4 ? "quarter" : ordinal(bottom);
  const many = part === "half" ? "halves" : `${part}s`;
  if (mixed && one && Number(bottom) === 2) return "a half";
  return `${cardinal(top)} ${one ? part : many}`;
}

function slashed(top: string, bottom: string, before: string): string {
  if (
    /\b(?:scored?|rated?|rating|gave|gives?|got|get|graded?)\s(?:\p{L}{1,12}\s){0,3}$/u.test(before) &&
    Number(bottom) >= 5
  )
    return `${cardinal(top)} out of ${cardinal(bottom)}`;
  if (top === "24" && bottom === "7") return "twenty-four seven";
  if (top === bottom && Number(top) > 1)
    return Number(top) <= 10
      ? `${cardinal(top)} out of ${cardinal(bottom)}`
      : `${cardinal(top)} ${cardinal(bottom)}`;
  const small =
    Number(bottom) >= 2 && Number(bottom) <= 20 && Number(top) < Number(bottom) && Number(top) > 0;
  if (
    small ||
    (/^[1-9]0{1,3}$|^[1-9]\d?$/.test(bottom) && top === "1" && bottom !== "1") ||
    (bottom === "2" && Number(top) > 0)
  )
    return fraction(top, bottom, false);
  if (/^(?:32|64|100)$/.test(bottom) && Number(top) > 0 && bottom !== "100")
    return fraction(top, bottom, false);
  return bottom === "100"
    ? `${cardinal(top)} out of one hundred`
    : `${cardinal(top)} over ${cardinal(bottom)}`;
}

/** One end of a range: years beside years are read as years. */
function rangeEnd(written: string, asYear: boolean): string {
  return asYear && /^(?:1[1-9]|20)\d\d$/.test(written) ? year(written) : decimal(written);
}

function range(from: string, to: string, before: string, after: string): string {
  const years =
    /^(?:1[1-9]|20)\d\d$/.test(from) &&
    (/^\d\d$/.test(to) ? Number(to) > Number(from.slice(2)) : /^(?:1[1-9]|20)\d\d$/.test(to)) &&
    !countAfter.test(after);
  if (years && to.length === 2) {
    const century = from.startsWith("20") && !/^20[1-9]/.test(from) ? "" : from.slice(0, 2);
    return from.startsWith("20")
      ? `${year(from)} to ${year(`20${to}`)}`
      : `${year(from)} to ${century === "" ? year(`20${to}`) : cardinal(to)}`;
  }
  if (from === "50" && to === "50") return "fifty fifty";
  const count = countBefore.test(before) || countAfter.test(after);
  return `${rangeEnd(from, years && !count)} to ${rangeEnd(to, years && !count)}`;
}

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
function plainPower(written: string): string {
  return Array.from(written, (sign) =>
    sign === "⁻" ? "-" : superscripts.includes(sign) ? String(superscripts.indexOf(sign)) : sign,
  ).join("");
}

/** "10^23" → "ten to the twenty-third", "x²" → "x squared". */
export function power(written: string): string {
  const exponent = plainPower(written);
  const minus = /^[-−]/.test(exponent) ? "minus " : "";
  const digits = exponent.replace(/^[-−+]/, "");
  if (exponent === "2") return "squared";
  if (exponent === "3") return "cubed";
  return `to the ${minus}${minus === "" ? ordinal(digits) : cardinal(digits)}`;
}

/** Versions, fractions and scientific notation: numbers whose dots and slashes are no decimals. */
export const specialNumberRules: readonly Rule[] = [
  rule(
    "vulgar fraction",
    /(\d{0,6})\s?([½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞⅒])/g,
    (m) => `${group(m, 1) === "" ? " " : `${group(m, 1)} `}${vulgar[group(m, 2)] ?? ""}`,
  ),
  rule(
    "version",
    /(?<![\p{L}\d.])([vV]ersion\s|[vV](?:er)?\.?\s?)(\d{1,6}(?:\.\d{1,6}){0,4})(?:-([a-z]{1,12})(?:\.?(\d{1,4}))?)?(?:\.x\b)?(?![\p{L}\d]|-\d)/gu,
    (m) => {
      const stage = group(m, 3) === "" ? "" : ` ${group(m, 3) === "rc" ? "RC" : group(m, 3)}`;
      return `${group(m, 1).startsWith("Version") ? "Version" : "version"} ${dotted(group(m, 2))}${stage}${group(m, 4) === "" ? "" : ` ${cardinal(group(m, 4))}`}`;
    },
  ),
  rule(
    "version of a product",
    new RegExp(
      String.raw`\b(${software})([ -])(\d{1,4}\.\d{1,4})(?![\d%]|\.\d|\s(?:million|billion|percent))`,
      "g",
    ),
    (m) => `${group(m, 1)} ${dotted(group(m, 3))}`,
  ),
  rule(
    "numbers with more than one dot",
    /(?<![\w.,])(\d{1,6}(?:\.\d{1,6}){2,5})(?:-([a-z]{1,12})\.?(\d{1,4})?)?(?![\w]|\.\d)/g,
    (m) =>
      `${dotted(group(m, 1))}${group(m, 2) === "" ? "" : ` ${group(m, 2)}`}${group(m, 3) === "" ? "" : ` ${cardinal(group(m, 3))}`}`,
  ),
  rule(
    "scientific",
    /(?<![\w.,])([-−+]?)(\d{1,6}(?:\.\d{1,12})?)[eE]([-−+]?\d{1,4})(?![\w.]\d|\w)/g,
    (m) =>
      `${/[-−]/.test(group(m, 1)) ? "minus " : ""}${decimal(group(m, 2))} times ten ${power(group(m, 3))}`,
  ),
  rule(
    "power of ten",
    /(?<![\w.,])(10)(?:\^\(?([-−]?\d{1,4})\)?|([⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,4}))/g,
    (m) => `ten ${power(group(m, 2) + group(m, 3))}`,
  ),
  rule("mixed fraction", /(?<![\w.,/])(\d{1,4})[ -](\d{1,3})[/⁄](\d{1,3})(?![\w/]|[.,]\d)/g, (m) =>
    Number(group(m, 2)) < Number(group(m, 3))
      ? `${cardinal(group(m, 1))} and ${fraction(group(m, 2), group(m, 3), true).replace(/^one /, Number(group(m, 3)) > 2 ? "one " : "a ")}`
      : null,
  ),
  rule(
    "mark",
    /(?<![\w.,/])(\d{1,3}\.\d{1,2})\/(\d{1,3})(?![\w/]|[.,]\d)/g,
    (m) => `${decimal(group(m, 1))} out of ${cardinal(group(m, 2))}`,
  ),
  rule(
    "stars",
    /(?<![\w.,/])(\d{1,3})\/(\d{1,3})(?=\s(?:stars?|points?|correct|questions|votes)\b)/g,
    (m) => `${cardinal(group(m, 1))} out of ${cardinal(group(m, 2))}`,
  ),
  rule("fraction", /(?<![\w.,/])(\d{1,6})[/⁄](\d{1,6})(?![\w/]|[.,]\d)/g, (m, { before }) =>
    slashed(group(m, 1), group(m, 2), before),
  ),
  rule(
    "401(k)",
    /\b(40[13])\(?([kb])\)?(?!\w)/g,
    (m) => `${designation(group(m, 1))} ${group(m, 2).toUpperCase()}`,
  ),
];

/** Ranges, scores, decades, ordinals and, last of all, plain numbers. */
export const numberRules: readonly Rule[] = [
  rule("age", /(?<=\d)-(year|month|week|day|hour|minute)s?-old/g, (m) => ` ${group(m, 1)} old`),
  rule(
    "range",
    new RegExp(String.raw`(?<![\w.,/-])(${numberPattern})\s?[–—]\s?(${numberPattern})(?![\w-]?\d)`, "g"),
    (m, { before, after }) => range(group(m, 1), group(m, 2), before, after),
  ),
  rule(
    "range or score with a hyphen",
    new RegExp(String.raw`(?<![\w.,/-])(${numberPattern})-(${numberPattern})(?!-?\d|[.,]\d)`, "g"),
    (m, { before, after }) => range(group(m, 1), group(m, 2), before, after),
  ),
  rule("several numbers with hyphens", /(?<![\w.,-])(\d{1,12}(?:-\d{1,12}){2,8})(?![\w-])/g, (m) =>
    group(m, 1).split("-").map(digitsOrNumber).join(", "),
  ),
  rule("decades from to", /(?<=\d0['’]?s)\s?[-–]\s?(?=['’]?\d{2,4}s?\b)/g, () => " to "),
  rule(
    "decade",
    /(?<![\w.,])(1[1-9]|20)(\d)0['’]?s\b/g,
    (m) => `${pluralOf(year(`${group(m, 1)}${group(m, 2)}0`))}`,
  ),
  rule("short decade", /(?<![\w.,])['’‘]?([1-9]0)['’]?s\b/g, (m) => pluralOf(cardinal(group(m, 1)))),
  rule("short year", /(?<![\w.,])['’‘](\d\d)(?![\w"”']|\.\d)/g, (m) =>
    group(m, 1).startsWith("0") ? `oh ${cardinal(Number(group(m, 1)))}` : cardinal(group(m, 1)),
  ),
  rule(
    "ordinal",
    /(?<![\w.])(\d{1,3}(?:,\d{3}){0,3}|\d{1,12})(?:st|nd|rd|th|ˢᵗ|ⁿᵈ|ʳᵈ|ᵗʰ)(?![\p{L}])/gu,
    (m) => ordinal(group(m, 1)),
  ),
  rule("era", /(?<![\w.,])(\d{1,4})\s?(BCE?|CE|AD)\b/g, (m) => `${year(group(m, 1))} ${group(m, 2)}`),
  rule("era first", /\bAD\s(\d{1,4})\b/g, (m) => `AD ${year(group(m, 1))}`),
  rule("more than", /(?<=\d)\+(?=[\s,.;:!?)]|$)/gm, () => " plus"),
  rule(
    "times",
    /(?<![\w.,])(\d{1,4}(?:\.\d{1,3})?)[x×](?=[\s,.;:!?)]|$)(?!\s\d|\s?[+=*/−<>^-])/gm,
    (m) => `${decimal(group(m, 1))} times`,
  ),
  rule(
    "short decimal",
    /(?<![\w.])([-−]?)\.(\d{1,12})(?![\w.])/g,
    (m) => `${group(m, 1) === "" ? "" : "minus "}point ${digitByDigit(group(m, 2))}`,
  ),
  rule("year or count", /(?<![\w.,$])([1-9]\d{3})(?![\w]|[.,]\d)/g, (m, { before, after }) =>
    fourDigits(group(m, 1), before, after),
  ),
  rule("negative", new RegExp(String.raw`(?<![\p{L}\d.,)])[-−–](?=\d|\.\d)`, "gu"), (_, { before }) =>
    /\d\s?$/.test(before) ? null : "minus ",
  ),
  rule("indian or uneven thousands", /(?<![\w.])(\d{1,3}(?:,\d{2,3}){1,6})(?![\w,]|\.\d)/g, (m) =>
    cardinal(group(m, 1)),
  ),
  rule("plural", /(?<![\w.,])(\d{1,6})['’]?s\b/g, (m) => pluralOf(cardinal(group(m, 1)))),
  rule("letters and digits", /(?<=\p{L})(?=\d)|(?<=\d)(?=\p{L})/gu, () => " "),
  rule("letters, hyphen, digits", /(?<=\p{L})-(?=\d)/gu, () => " "),
  rule("number and word", /(?<=\d)-(?=\p{L})/gu, () => " "),
  rule("number", new RegExp(numberPattern, "g"), (m, { before, after }) => {
    const open = /[\p{L}]$/u.test(before) ? " " : "";
    return `${open}${decimal(group(m, 0))}${/^[\p{L}\d]/u.test(after) ? " " : ""}`;
  }),
];

function digitsOrNumber(digits: string): string {
  return digits.length > 2 || digits.startsWith("0") ? digitByDigit(digits) : cardinal(digits);
}
