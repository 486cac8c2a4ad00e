import { group, type Rule, rule } from "./rule.ts";
import { endsSentence } from "./text.ts";
import { cardinal, ordinal, year } from "./words.ts";

const monthNames =
  "January February March April May June July August September October November December".split(" ");
const dayNames = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(" ");
const month =
  "(Jan(?:uary|\\.)?|Feb(?:ruary|\\.)?|Mar(?:ch|\\.)?|Apr(?:il|\\.)?|May|June?\\.?|July?\\.?|Aug(?:ust|\\.)?|Sept?(?:ember|\\.)?|Oct(?:ober|\\.)?|Nov(?:ember|\\.)?|Dec(?:ember|\\.)?)";
const day = "(0?[1-9]|[12]\\d|3[01])(?:st|nd|rd|th)?";
const fullYear = "([12]\\d{3})";
/** A day is not followed by what makes it a larger number, a time, a share or a code. */
const dayEnd = "(?![\\d:%/]|[.,]\\d|-\\d)";

function monthOf(written: string): string {
  return monthNames.find((name) => name.startsWith(written.slice(0, 3))) ?? written;
}

function monthAt(number: string): string {
  return monthNames[Number(number) - 1] ?? "";
}

/** "November twenty-fifth, twenty twenty-six"; the year may be absent. */
function sayDate(monthName: string, dayDigits: string, yearDigits = ""): string {
  const spoken = `${monthName} ${ordinal(dayDigits)}`;
  return yearDigits === "" ? spoken : `${spoken}, ${year(yearDigits)}`;
}

/** Two digits of a year, as they are written after a slash: those up to 49 belong to this century. */
function wholeYear(digits: string): string {
  if (digits.length !== 2) return digits;
  return (Number(digits) < 50 ? "20" : "19") + digits;
}

function slashed(first: string, second: string, yearDigits: string): string | null {
  const [monthDigits, dayDigits] = Number(first) > 12 ? [second, first] : [first, second];
  if (Number(monthDigits) < 1 || Number(monthDigits) > 12 || Number(dayDigits) < 1 || Number(dayDigits) > 31)
    return null;
  return sayDate(monthAt(monthDigits), dayDigits, wholeYear(yearDigits));
}

function iso(m: readonly string[]): string {
  const date = sayDate(monthAt(group(m, 2)), group(m, 3), group(m, 1));
  if (group(m, 4) === "") return date;
  return `${date}, at ${group(m, 4)}${group(m, 5) === "Z" ? " UTC" : ""}`;
}

/** "25 November 2026": with a "the" of its own when the writer left it out. */
function dayFirst(m: readonly string[], before: string): string {
  const article = /\bthe\s{1,2}$/i.test(before) ? "" : "the ";
  const tail = group(m, 3) === "" ? "" : `, ${year(group(m, 3))}`;
  return `${article}${ordinal(group(m, 1))} of ${monthOf(group(m, 2))}${tail}`;
}

/** The comma that closes an American date before the sentence goes on is kept as it is written. */
export const dateRules: readonly Rule[] = [
  rule(
    "iso date",
    /(?<![\w-])([12]\d{3})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?:[T ](\d{2}:\d{2})(?::\d{2}(?:\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?)?(?![\w-])/g,
    iso,
  ),
  rule("date with slashes", /(?<![\w/.-])(\d{1,2})\/(\d{1,2})\/(\d{4}|\d{2})(?![\w/])/g, (m) =>
    slashed(group(m, 1), group(m, 2), group(m, 3)),
  ),
  rule(
    "date, year first",
    /(?<![\w/.-])([12]\d{3})\/(0?[1-9]|1[0-2])\/(0?[1-9]|[12]\d|3[01])(?![\w/])/g,
    (m) => sayDate(monthAt(group(m, 2)), group(m, 3), group(m, 1)),
  ),
  rule("date with dots", /(?<![\w/.-])(\d{1,2})([.-])(\d{1,2})\2(\d{4})(?![\w/.-]?\d)/g, (m) =>
    slashed(group(m, 1), group(m, 3), group(m, 4)),
  ),
  rule(
    "day and month",
    /(?<=\b(?:on|by|until|till|before|after|since|due|dated)\s)(\d{1,2})\/(\d{1,2})(?![\w/]|\s(?:of|cup|inch|mile|tea|table))/g,
    (m) => slashed(group(m, 1), group(m, 2), ""),
  ),
  rule("nine eleven", /(?<![\w/.,])9\/11(?![\w/]|[.,]\d)/g, () => "nine eleven"),
  rule(
    "days of a month",
    new RegExp(String.raw`\b${month}\s{1,2}${day}\s?[-–—]\s?${day}(?:,?\s${fullYear})?${dayEnd}`, "g"),
    (m) =>
      `${sayDate(monthOf(group(m, 1)), group(m, 2))} to ${ordinal(group(m, 3))}${group(m, 4) === "" ? "" : `, ${year(group(m, 4))}`}`,
  ),
  rule(
    "month, day, year",
    new RegExp(String.raw`\b${month}\s{1,2}${day}(?:,\s?|\s)${fullYear}${dayEnd}`, "g"),
    (m) => sayDate(monthOf(group(m, 1)), group(m, 2), group(m, 3)),
  ),
  rule(
    "month and day",
    new RegExp(
      String.raw`\b${month}\s{1,2}${day}\b${dayEnd}(?!\s?[ap]\.?m\b|\s(?:percent|million|billion|people))`,
      "g",
    ),
    (m) => sayDate(monthOf(group(m, 1)), group(m, 2)),
  ),
  rule(
    "day, month, year",
    new RegExp(
      String.raw`(?<![\w.,:/$-])${day}\s(?:of\s)?${month}(?![a-z])(?:,?\s${fullYear}\b)?(?!\s?\d)`,
      "g",
    ),
    (m, { before }) => dayFirst(m, before),
  ),
  rule(
    "month and year",
    new RegExp(String.raw`\b${month}(?:\sof)?,?\s${fullYear}(?![\d%]|[.,:]\d)`, "g"),
    (m) => {
      const link = / of /.test(group(m, 0)) ? " of" : "";
      return `${monthOf(group(m, 1))}${link} ${year(group(m, 2))}`;
    },
  ),
  rule(
    "month",
    /\b(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.(?=[\s,;:)–-]|$)/gm,
    (m, { after }) => monthOf(group(m, 1)) + (endsSentence(after) ? "." : ""),
  ),
  rule(
    "week day",
    /\b(Mon|Tues?|Wed|Thu(?:rs?)?|Fri)\.(?=[\s,;:)–-]|$)/gm,
    (m, { after }) => dayOf(group(m, 1)) + (endsSentence(after) ? "." : ""),
  ),
  rule(
    "weekend day after another",
    /(?<=(?:day|[&,–-]|\band)\s?)(Sat|Sun)\.(?!\p{L})/gu,
    (m, { after }) => dayOf(group(m, 1)) + (endsSentence(after) ? "." : ""),
  ),
  rule("weekend day", /\b(Sat|Sun)\.(?=[,;:)–-]|\s{1,2}[a-z\d])/g, (m) => dayOf(group(m, 1))),
  rule("days or months from to", /\b([A-Z][a-z]{2,8})\s?[-–]\s?([A-Z][a-z]{2,8})\b/g, (m) => {
    const [from, to] = [spanEnd(group(m, 1)), spanEnd(group(m, 2))];
    return from === undefined || to === undefined ? null : `${from} to ${to}`;
  }),
  rule(
    "week day before a date",
    new RegExp(
      String.raw`\b(Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)(?=,?\s(?:${monthNames.join("|")}|\d{1,2}:\d\d|at\s\d))`,
      "g",
    ),
    (m) => dayOf(group(m, 1)),
  ),
  rule("fiscal year", /\bFY\s?['’]?(\d{4}|\d{2})\b/g, (m) => `FY ${year(group(m, 1))}`),
  rule("quarter", /\bQ([1-4])(?:\s|-)?(?=[12]\d{3}\b|$|\W)/g, (m) => `Q ${cardinal(group(m, 1))} `),
];

function dayOf(written: string): string {
  return dayNames.find((name) => name.startsWith(written.slice(0, 3))) ?? written;
}

function spanEnd(written: string): string | undefined {
  const isWhole = [...dayNames, ...monthNames].includes(written);
  if (
    !isWhole &&
    !/^(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)$/.test(
      written,
    )
  )
    return undefined;
  return [...dayNames, ...monthNames].find((name) => name.startsWith(written.slice(0, 3)));
}
