import { group, type Rule, rule } from "./rule.ts";
import { numberPattern, oneOf } from "./text.ts";
import { cardinal, decimal, digitByDigit, isOne } from "./words.ts";

interface Currency {
  readonly one: string;
  readonly many: string;
  /** Hundredth part; absent where amounts have none. */
  readonly cent?: readonly [one: string, many: string];
}
const dollar: Currency = { one: "dollar", many: "dollars", cent: ["cent", "cents"] };
const euro: Currency = { one: "euro", many: "euros", cent: ["cent", "cents"] };
const pound: Currency = { one: "pound", many: "pounds", cent: ["penny", "pence"] };

function of(country: string): Currency {
  return { ...dollar, one: `${country} dollar`, many: `${country} dollars` };
}
const symbols: Readonly<Record<string, Currency>> = {
  $: dollar,
  US$: of("US"),
  C$: of("Canadian"),
  CA$: of("Canadian"),
  A$: of("Australian"),
  AU$: of("Australian"),
  NZ$: of("New Zealand"),
  HK$: of("Hong Kong"),
  S$: of("Singapore"),
  R$: { one: "real", many: "reais" },
  "€": euro,
  "£": pound,
  "¥": { one: "yen", many: "yen" },
  "₹": { one: "rupee", many: "rupees", cent: ["paisa", "paise"] },
  "₩": { one: "won", many: "won" },
  "₽": { one: "ruble", many: "rubles" },
  "₿": { one: "bitcoin", many: "bitcoin" },
};
const codes: Readonly<Record<string, Currency>> = {
  USD: of("US"),
  EUR: euro,
  GBP: pound,
  JPY: { one: "yen", many: "yen" },
  CAD: of("Canadian"),
  AUD: of("Australian"),
  CHF: { one: "Swiss franc", many: "Swiss francs" },
  INR: { one: "rupee", many: "rupees" },
  CNY: { one: "yuan", many: "yuan" },
};
const magnitudes: Readonly<Record<string, string>> = {
  k: "thousand",
  m: "million",
  mn: "million",
  mm: "million",
  mln: "million",
  mio: "million",
  b: "billion",
  bn: "billion",
  bln: "billion",
  t: "trillion",
  tn: "trillion",
  trn: "trillion",
};
const scale = String.raw`(?:\s?(thousand|million|billion|trillion|mln|bln|mio|mn|bn|tn|trn|mm|[kKmMbBtT])\b(?!['’.-]?[a-z]))?`;
const symbol = `(${oneOf(Object.keys(symbols))})`;
const code = `(${Object.keys(codes).join("|")})`;
const per = String.raw`(?:\s?/\s?(hour|hr|h|day|week|wk|month|mo|year|yr|unit|user|seat|person|night|gallon|gal|lb|kg|share|minute|min|mile|item|each)\b)?`;
const perWords: Readonly<Record<string, string>> = {
  hr: "hour",
  h: "hour",
  wk: "week",
  mo: "month",
  yr: "year",
  gal: "gallon",
  lb: "pound",
  kg: "kilogram",
  min: "minute",
};
/** Things that have a price as their attribute: "a $5 bill" is a five dollar bill. */
const priced =
  /^\s(?:bill|note|coin|deal|fee|loan|fine|prize|gift|budget|investment|check|bonus|grant|project|discount|tip|coupon|credit|donation|deposit|reward|increase|raise|cut|contract|lawsuit|fund|round|price|charge|million|billion|plan|menu|lunch|ticket|tax|payment|salary|house|car|range)s?\b/;

function scaleOf(written: string): string {
  return written === "" ? "" : ` ${magnitudes[written.toLowerCase()] ?? written}`;
}

/** One amount: with cents when it is written with two decimals, else as a decimal of the whole unit. */
function amount(written: string, magnitude: string, currency: Currency, attributive: boolean): string {
  const number = written.replace(/,/g, "");
  const [whole = "0", part] = number.split(".");
  const many = attributive ? currency.one : currency.many;
  if (magnitude !== "") return `${decimal(number)}${scaleOf(magnitude)} ${many}`;
  if (part === undefined || Number(part) === 0)
    return `${cardinal(whole)} ${isOne(whole) ? currency.one : many}`;
  if (part.length !== 2 || currency.cent === undefined) return `${decimal(number)} ${many}`;
  const cents = `${cardinal(Number(part))} ${Number(part) === 1 ? currency.cent[0] : currency.cent[1]}`;
  if (Number(whole) === 0) return cents;
  return `${cardinal(whole)} ${isOne(whole) ? currency.one : currency.many} and ${cents}`;
}

function isAttribute(before: string, after: string): boolean {
  return (
    /\b(?:a|an|the|this|that|his|her|its|their|our|my|your|one|first|new|another)\s{1,2}$/i.test(before) &&
    priced.test(after)
  );
}

function perOf(written: string): string {
  if (written === "") return "";
  return written === "each" ? " each" : ` per ${perWords[written] ?? written}`;
}

function span(
  from: string,
  to: string,
  magnitudeFrom: string,
  magnitude: string,
  currency: Currency,
): string {
  const simple = (text: string): string =>
    /\.\d\d$/.test(text) ? amount(text, "", currency, false) : decimal(text);
  const start =
    magnitudeFrom !== "" && magnitudeFrom !== magnitude
      ? `${simple(from)}${scaleOf(magnitudeFrom)}`
      : simple(from);
  return `${start} to ${amount(to, magnitude, currency, false)}`;
}

/** Amounts of money. The sign, where there is one, stands before the currency. */
export const moneyRules: readonly Rule[] = [
  rule(
    "decimal comma",
    /(?<=[€£$]\s?)(\d{1,3}(?:\.\d{3}){0,4}),(\d\d)(?!\d|,\d)|(?<![\d.,])(\d{1,3}(?:\.\d{3}){0,4}),(\d\d)(?=\s?(?:€|EUR\b))/g,
    (m) => `${(group(m, 1) + group(m, 3)).replaceAll(".", "")}.${group(m, 2)}${group(m, 4)}`,
  ),
  rule("cents without a zero", /(?<=[$€£])\.(?=\d)/g, () => "0."),
  rule(
    "span",
    new RegExp(
      String.raw`(?<![\w$])${symbol}\s?(${numberPattern})${scale}(?:\s?[-–—]\s?(?:\1)?|\sto\s)(${numberPattern})${scale}${per}`,
      "g",
    ),
    (m) =>
      span(group(m, 2), group(m, 4), group(m, 3), group(m, 5), symbols[group(m, 1)] ?? dollar) +
      perOf(group(m, 6)),
  ),
  rule(
    "amount",
    new RegExp(String.raw`(?<![\w$])([-−–+]?)${symbol}\s?([-−]?)(${numberPattern})${scale}(\+?)${per}`, "g"),
    (m, { before, after }) => {
      const sign = /[-−–]/.test(group(m, 1) + group(m, 3)) ? "minus " : group(m, 1) === "+" ? "plus " : "";
      const open = /[-–−]/.test(group(m, 1)) && /[\p{L}\d]\s?$/u.test(before) ? " " : "";
      const attribute = isAttribute(before, after) || /^-\p{L}/u.test(after);
      const words = amount(group(m, 4), group(m, 5), symbols[group(m, 2)] ?? dollar, attribute);
      return `${open}${sign}${words}${group(m, 6) === "+" ? " plus" : ""}${perOf(group(m, 7))}`;
    },
  ),
  rule(
    "code first",
    new RegExp(String.raw`\b${code}\s?(${numberPattern})${scale}${per}`, "g"),
    (m) => amount(group(m, 2), group(m, 3), codes[group(m, 1)] ?? dollar, false) + perOf(group(m, 4)),
  ),
  rule("code last", new RegExp(String.raw`(?<![\w.,])(${numberPattern})${scale}\s?${code}\b`, "g"), (m) =>
    amount(group(m, 1), group(m, 2), codes[group(m, 3)] ?? dollar, false),
  ),
  rule("symbol last", new RegExp(String.raw`(?<![\w.,])(${numberPattern})${scale}\s?([€£¥₹])`, "g"), (m) =>
    amount(group(m, 1), group(m, 2), symbols[group(m, 3)] ?? dollar, false),
  ),
  rule(
    "cents",
    new RegExp(String.raw`(?<![\w.,])(${numberPattern})\s?¢`, "g"),
    (m) => `${decimal(group(m, 1))} ${isOne(group(m, 1)) ? "cent" : "cents"}`,
  ),
  rule(
    "millions of a count",
    /(?<![\w.,$-])(\d{1,6}(?:\.\d{1,3})?)\s?([mMbB])(\+?)(?=\s(?:users|people|customers|downloads|views|followers|subscribers|parameters|params|tokens|records|rows|requests|visitors|models?|years|copies|units|streams|plays)\b)/g,
    (m) => `${decimal(group(m, 1))}${scaleOf(group(m, 2))}${group(m, 3) === "" ? "" : " plus"}`,
  ),
  rule(
    "scale of a count",
    /(?<![\w.,$-])(\d{1,6}(?:\.\d{1,3})?)(bn|mn|tn|k|K)(\+?)(?![\w-])/g,
    (m) =>
      `${group(m, 2) === "K" && /^[48]$/.test(group(m, 1)) ? `${digitByDigit(group(m, 1))} K` : decimal(group(m, 1)) + scaleOf(group(m, 2))}${group(m, 3) === "+" ? " plus" : ""}`,
  ),
];
