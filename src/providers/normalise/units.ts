import { group, type Rule, rule } from "./rule.ts";
import { endsSentence, numberPattern, oneOf } from "./text.ts";
import { perUnits, plural, units } from "./unit-names.ts";
import { cardinal, decimal, isOne, signed } from "./words.ts";

/** Letters that are units only right beside their number: apart from it they are mostly something else. */
const joinedOnly = new Set(["A", "N", "J"]);
const amountPattern = String.raw`(?<![\w.,/])((?:[-−+](?=\d))?${numberPattern})`;
const joined = String.raw`(?:(\s?[-–—]\s?|\sto\s|\s?[x×]\s?)(${numberPattern}))?`;
const longUnit = oneOf(Object.keys(units));
/** Degree words by letter. */
const degrees: Readonly<Record<string, string>> = { C: " Celsius", F: " Fahrenheit", K: " Kelvin" };
const compass: Readonly<Record<string, string>> = { N: "north", S: "south", E: "east", W: "west" };

/** A decade of a life or a century where "s" cannot be seconds. */
const decadeBefore = /\b(?:the|his|her|their|my|your|our|mid|early|late|low|high|upper)[\s-]{1,2}$|['’]$/i;

/** Noun phrases keep the singular: "a 5 km run". */
function isAttribute(before: string, after: string): boolean {
  return (
    /\b(?:a|an|one|each|every|another)\s{1,2}$/i.test(before) &&
    /^\s[a-z]{3,}/.test(after) &&
    !/^\s(?:and|or|to|of|per|from|for|in|at|with|is|was|away|long|above|below|the)\b/.test(after)
  );
}

function powered(unit: string, power: string): string {
  if (power === "") return unit;
  return `${power === "2" || power === "²" ? "square" : "cubic"} ${unit}`;
}

function measured(m: readonly string[], before: string, after: string): string | null {
  const written = group(m, 5);
  const gap = group(m, 4);
  if (joinedOnly.has(written) && gap !== "" && group(m, 7) === "") return null;
  if (written === "B" && gap === "") return null;
  if (written === "s" && /^[2-9]0$/.test(group(m, 1)) && decadeBefore.test(before)) return null;
  const unit = powered(units[written] ?? written, group(m, 6));
  const dot = written.endsWith(".") && endsSentence(after) ? "." : "";
  return sayMeasure(m, unit, gap === "-" || isAttribute(before, after)) + dot;
}

function sayMeasure(m: readonly string[], unit: string, attribute: boolean): string {
  const between =
    group(m, 2) === "" ? "" : `${/[x×]/.test(group(m, 2)) ? " by " : " to "}${decimal(group(m, 3))}`;
  const one = attribute || (between === "" && isOne(group(m, 1)));
  const per = group(m, 7) === "" ? "" : ` per ${perUnits[group(m, 7)] ?? group(m, 7)}`;
  return `${signed(group(m, 1))}${between} ${one ? unit : plural(unit)}${per}`;
}

/** Quantities with a unit, temperatures, heights, positions, shares. */
export const unitRules: readonly Rule[] = [
  rule(
    "position",
    /(\d{1,3}(?:\.\d{1,8})?)\s?°\s?(?:(\d{1,2}(?:\.\d{1,4})?)\s?['′’]\s?)?(?:(\d{1,2}(?:\.\d{1,4})?)\s?["″”]\s?)?([NSEW])\b/g,
    (m) => {
      const part = (written: string, unit: string): string =>
        written === "" ? "" : `${decimal(written)} ${unit}${isOne(written) ? "" : "s"} `;
      return (
        part(group(m, 1), "degree") +
        part(group(m, 2), "minute") +
        part(group(m, 3), "second") +
        (compass[group(m, 4)] ?? "")
      );
    },
  ),
  rule(
    "temperature",
    new RegExp(String.raw`${amountPattern}(?:\s?°\s?[CF]?)?${joined}\s?[°º]\s?([CFK])?(?![a-z])`, "g"),
    (m) => {
      const between = group(m, 3) === "" ? "" : ` to ${decimal(group(m, 3))}`;
      return `${signed(group(m, 1))}${between} degree${between === "" && isOne(group(m, 1)) ? "" : "s"}${degrees[group(m, 4)] ?? ""}`;
    },
  ),
  rule("temperature sign", /\s?℃|\s?℉/g, (m) =>
    group(m, 0).endsWith("℃") ? " degrees Celsius" : " degrees Fahrenheit",
  ),
  rule(
    "feet and inches",
    /(?<![\w.,])(\d{1,2})\s?(?:ft\.?|feet|foot)\s(\d{1,2})\s?in(?:\.|ch(?:es)?)?(?![\p{L}])/gu,
    (m, { after }) =>
      `${cardinal(group(m, 1))} ${isOne(group(m, 1)) ? "foot" : "feet"} ${cardinal(group(m, 2))} ${isOne(group(m, 2)) ? "inch" : "inches"}${group(m, 0).endsWith(".") && endsSentence(after) ? "." : ""}`,
  ),
  rule(
    "height",
    /(?<![\w.,/'’])(\d{1,2})\s?['′’]\s?(\d{1,2}(?:\.\d)?)(?:\s?(?:["″”]|''|’’)|(?![\w'’]))/g,
    (m) => `${cardinal(group(m, 1))} foot ${decimal(group(m, 2))}`,
  ),
  rule(
    "feet",
    /(?<![\w.,/'’"])(\d{1,3})\s?′/g,
    (m) => `${cardinal(group(m, 1))} ${isOne(group(m, 1)) ? "foot" : "feet"}`,
  ),
  rule(
    "feet, straight",
    /(?<![\w.,/'’"])(\d{1,3})'(?=\s?[x×]|\s(?:tall|wide|long|high|deep)\b)/g,
    (m) => `${cardinal(group(m, 1))} ${isOne(group(m, 1)) ? "foot" : "feet"}`,
  ),
  rule(
    "inches",
    /(?<![\w/'’"“.])(\d{1,3}(?:\.\d{1,2})?)(?:″|["”](?=\s(?:x|by|screen|display|monitor|pipe|wide|long|tall|deep|thick|×)))/g,
    (m, { before, after }) =>
      `${decimal(group(m, 1))} ${isOne(group(m, 1)) || isAttribute(before, after) ? "inch" : "inches"}`,
  ),
  rule(
    "hours and minutes",
    /(?<![\w.,])(\d{1,2})\s?hr?\s?(\d{1,2})\s?(?:m(?:in)?)?(?![\p{L}\d])/gu,
    (m) =>
      `${cardinal(group(m, 1))} hour${isOne(group(m, 1)) ? "" : "s"} ${cardinal(Number(group(m, 2)))} minute${isOne(group(m, 2)) ? "" : "s"}`,
  ),
  rule("share", new RegExp(String.raw`${amountPattern}%?${joined}\s?(%|‰|\bpct\b)(\+?)`, "g"), (m) => {
    if (/% to/.test(group(m, 0))) return `${signed(group(m, 1))} percent to ${decimal(group(m, 3))} percent`;
    const between = group(m, 3) === "" ? "" : ` to ${decimal(group(m, 3))}`;
    return `${signed(group(m, 1))}${between} ${group(m, 4) === "‰" ? "per mille" : "percent"}${group(m, 5) === "+" ? " plus" : ""}`;
  }),
  rule(
    "video lines",
    /(?<![\w.,])(480|720|1080|1440|2160)([pi])\b/g,
    (m) =>
      `${{ "480": "four eighty", "720": "seven twenty", "1080": "ten eighty", "1440": "fourteen forty", "2160": "twenty-one sixty" }[group(m, 1)] ?? ""} ${group(m, 2).toUpperCase()}`,
  ),
  rule(
    "unit after a fraction",
    new RegExp(
      String.raw`(?<=\b(?:half|third|quarter|fifth|sixth|eighth|tenth)s?\s)(${oneOf(Object.keys(units).filter((unit) => unit.length > 1))})(?![\p{L}\d])`,
      "gu",
    ),
    (m, { before }) => {
      const unit = units[group(m, 1)] ?? "";
      return /\band [a-z-]{1,12}(?: [a-z-]{1,12})?\s$/.test(before) ? plural(unit) : unit;
    },
  ),
  rule(
    "measure",
    new RegExp(
      String.raw`${amountPattern}${joined}(\s?|-)(${longUnit})(?<!\d\d\d\ds)([²³]|(?<=m)[23])?(?:\s?/\s?(hr|sec|min|day|week|year|yr|kg|km|dL|mL|ml|[hsmdlL]))?(?![\p{L}\d]|['’]\p{L})`,
      "gu",
    ),
    (m, { before, after }) => measured(m, before, after),
  ),
  rule(
    "unit per unit",
    /\b(km|m|mi|kg|g|mg|MB|GB|L|ml)\/(h|s|hr|sec|min|day|kg|L|km|m|yr)\b/g,
    (m) => `${plural(units[group(m, 1)] ?? "")} per ${perUnits[group(m, 2)] ?? ""}`,
  ),
  rule("unit to a power", /\b(km|cm|mm|m|ft|mi|in)([²³])/g, (m) =>
    plural(powered(units[group(m, 1)] ?? "inch", group(m, 2))),
  ),
];
