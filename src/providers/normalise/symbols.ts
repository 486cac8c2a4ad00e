import { power } from "./numbers.ts";
import { group, type Rule, rule } from "./rule.ts";

const greek: Readonly<Record<string, string>> = {
  α: "alpha",
  β: "beta",
  γ: "gamma",
  δ: "delta",
  Δ: "delta",
  ε: "epsilon",
  θ: "theta",
  λ: "lambda",
  μ: "mu",
  µ: "mu",
  π: "pi",
  σ: "sigma",
  Σ: "sigma",
  τ: "tau",
  φ: "phi",
  ω: "omega",
  Ω: "omega",
  ρ: "rho",
};
/** Signs that are words wherever they stand. */
const signs: Readonly<Record<string, string>> = {
  "&": "and",
  "@": "at",
  "+": "plus",
  "=": "equals",
  "×": "times",
  "÷": "divided by",
  "±": "plus or minus",
  "≈": "is about",
  "≠": "is not equal to",
  "≤": "is at most",
  "≥": "is at least",
  "<": "is less than",
  ">": "is greater than",
  "√": "the square root of",
  "∞": "infinity",
  "∑": "the sum of",
  "∫": "the integral of",
  "∂": "partial",
  "→": "to",
  "⇒": "implies",
  "%": "percent",
  "‰": "per mille",
  "°": "degrees",
  "©": "copyright",
  "€": "euros",
  "£": "pounds",
  $: "dollars",
  "¥": "yen",
  "¢": "cents",
  "¬": "not",
  "·": "times",
  "∈": "in",
  "∪": "union",
  "∩": "intersection",
};
const operand = String.raw`(?:[\d)\]]|\b\p{L})`;

/** Signs before a number that the readings of the number itself would hide. */
export const leadRules: readonly Rule[] = [
  rule("or so", /(?<![\w])~\s?(?=[\d$€£])/g, () => "about "),
  rule(
    "thousands with spaces",
    /(?<![\w.,-]|\d )(\d{1,3}(?: \d{3}){2,6})(?![\w-]| \d|\.\d)|(?<=[$€£¥]\s?)(\d{1,3}(?: \d{3}){1,6})(?![\w-]| \d)/g,
    (m) => group(m, 0).replaceAll(" ", ""),
  ),
  rule("with", /(?<![\p{L}\d/])w\/(?!o\b)\s?/gu, () => "with "),
  rule("copyright twice", /(?<=[Cc]opyright\s)(?:©|\([Cc]\))\s?/g, () => ""),
  rule("function", /\b([fgh])\(([a-z])\)/g, (m) => `${group(m, 1)} of ${group(m, 2)}`),
];

/** Arithmetic, and signs whose reading depends on the digits beside them: applied while there still are digits. */
export const mathRules: readonly Rule[] = [
  rule("sharp", /(?<![\p{L}])([CFJAGD])#(?![\p{L}\d])/gu, (m) => `${group(m, 1)} sharp`),
  rule("plus plus", /(?<=\p{L})\+\+(?![\p{L}\d])/gu, () => " plus plus"),
  rule("number sign", /#\s?(?=\d)/g, () => "number "),
  rule("arrows", /\s?(?:-{1,2}>|=>|⟶|➜|➔)\s?/g, () => " to "),
  rule("not equal", /\s?!==?\s?/g, () => " is not equal to "),
  rule("at most", /\s?<=\s?/g, () => " is at most "),
  rule("at least", /\s?>=\s?/g, () => " is at least "),
  rule("equal", /\s?={2,3}\s?/g, () => " equals "),
  rule(
    "power",
    /(?<=[\p{L}\d)])(?:\^\(?([-−]?\d{1,4})\)?|(⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,4}))/gu,
    (m) => ` ${power(group(m, 1) + group(m, 2))}`,
  ),
  rule("power by name", /(?<=[\p{L}\d)])\^([a-z])\b/gu, (m) => ` to the ${group(m, 1)}`),
  rule("by", /(?<=\d)\s?[x×]\s?(?=\d{1,5}(?:\.\d{1,4})?\b(?!\s?[=+]))(?<!\d\s[×]\s)/g, () => " by "),
  rule("times with a letter", /(?<=\d)\s?[x×]\s?(?=\d)/g, () => " times "),
  rule("times", new RegExp(String.raw`(?<=${operand})\s?\*\s?(?=[\d(\p{L}])`, "gu"), () => " times "),
  rule(
    "minus in a sum",
    /(?<=[\d)]|(?<![a-z])[a-z]|squared|cubed)\s[-–]\s(?=[\d(]|[a-z]\b)/g,
    (_, { before, after }) => {
      if (/=/.test(before + after) || !/\d$/.test(before)) return " minus ";
      return /^\d/.test(after) ? " to " : null;
    },
  ),
  rule("minus sign", /(?<=[\p{L}\d)])\s?−\s?(?=[\p{L}\d(])/gu, () => " minus "),
  rule("minus without spaces", /(?<=\d)[-−](?=\d[\d.]{0,12}\s?=)|(?<=\d)−(?=\d)/g, () => " minus "),
  rule("minus before a letter", /(?<=[=(]\s?)[-−](?=[\p{L}\d(])/gu, () => "minus "),
  rule("divided by", /(?<=[\d)])\s\/\s(?=[\d(])/g, () => " divided by "),
];

/** Signs that are said as words, once the numbers are words. What is left over goes in the tidying. */
export const symbolRules: readonly Rule[] = [
  rule("and or", /\b(and|And)\/(or)\b/g, () => "and or"),
  rule(
    "he or she",
    /\b([Hh]e|[Ss]he|[Hh]is|[Hh]er|[Hh]im|[Yy]es|[Tt]rue|[Oo]n)\/(she|he|hers?|his|him|her|no|No|false|False|off|Off)\b/g,
    (m) => `${group(m, 1)} or ${group(m, 2)}`,
  ),
  rule("acronyms side by side", /(?<=\b[A-Z]{1,6})\/(?=[A-Z]{1,6}\b)/g, () => " "),
  rule("slash", /(?<=[\p{L}\d])\s?\/\s?(?=[\p{L}\d])/gu, () => " slash "),
  rule("greek", /[αβγδΔεθλμµπσΣτφωΩρ](?!\p{L})(?<!\p{L}.)/gu, (m) => ` ${greek[group(m, 0)] ?? ""} `),
  rule("sign", /[&@+=×÷±≈≠≤≥<>√∞∑∫∂→⇒%‰°©€£$¥¢¬·∈∪∩]/g, (m) => ` ${signs[group(m, 0)] ?? ""} `),
];
