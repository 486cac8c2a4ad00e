const ones = (
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen " +
  "seventeen eighteen nineteen"
).split(" ");
const tens = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const scales = ["", " thousand", " million", " billion", " trillion", " quadrillion"];
/** Longest whole number that is still read as a quantity; a longer one is read digit by digit. */
const cardinalDigitsMax = 18;

const irregularOrdinals: Readonly<Record<string, string>> = {
  one: "first",
  two: "second",
  three: "third",
  five: "fifth",
  eight: "eighth",
  nine: "ninth",
  twelve: "twelfth",
};

/** A whole number below one hundred in words. */
function belowHundred(value: number): string {
  if (value < 20) return ones[value] ?? "";
  const unit = value % 10;
  return (tens[Math.floor(value / 10)] ?? "") + (unit === 0 ? "" : `-${ones[unit]}`);
}

function belowThousand(value: number): string {
  if (value < 100) return belowHundred(value);
  const rest = value % 100;
  return `${ones[Math.floor(value / 100)]} hundred${rest === 0 ? "" : ` ${belowHundred(rest)}`}`;
}

/** Each digit by name: "204" → "two zero four". Anything but digits is passed over. */
export function digitByDigit(digits: string): string {
  return Array.from(digits.replace(/\D/g, ""), (digit) => ones[Number(digit)]).join(" ");
}

/** A whole number as a quantity: "1,204" → "one thousand two hundred four". With a leading zero, or too long
 *  to be a quantity: digit by digit. */
export function cardinal(written: string | number): string {
  const digits = String(written).replace(/\D/g, "");
  if (digits.length > cardinalDigitsMax || /^0\d/.test(digits)) return digitByDigit(digits);
  if (Number(digits) === 0) return "zero";
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/\d{3}/g) ?? [];
  return groups
    .map((three, index) =>
      three === "000" ? "" : belowThousand(Number(three)) + (scales[groups.length - 1 - index] ?? ""),
    )
    .filter((words) => words !== "")
    .join(" ");
}

/** Turns the last word of a number into its rank: "twenty-one" → "twenty-first". */
function ranked(words: string): string {
  const [, head = "", last = ""] = /^(.*?)([a-z]+)$/.exec(words) ?? [];
  return head + (irregularOrdinals[last] ?? (last.endsWith("y") ? `${last.slice(0, -1)}ieth` : `${last}th`));
}

/** "22" → "twenty-second". */
export function ordinal(written: string | number): string {
  return ranked(
    cardinal(
      Number(
        String(written)
          .replace(/\D/g, "")
          .slice(0, cardinalDigitsMax - 3),
      ),
    ),
  );
}

/** The plural of a number in words: "nineteen ninety" → "nineteen nineties". */
export function pluralOf(words: string): string {
  if (words.endsWith("y")) return `${words.slice(0, -1)}ies`;
  return words + (words.endsWith("x") ? "es" : "s");
}

/** Four digits in pairs, as in years and house numbers: "1905" → "nineteen oh five". */
export function inPairs(digits: string): string {
  const high = Number(digits.slice(0, -2));
  const low = Number(digits.slice(-2));
  if (high % 10 === 0 && digits.length === 4 && low < 10) return cardinal(Number(digits));
  if (low === 0) return `${cardinal(high)} hundred`;
  return `${cardinal(high)} ${low < 10 ? `oh ${ones[low]}` : belowHundred(low)}`;
}

/** A year: "2007" → "two thousand seven", "2026" → "twenty twenty-six", "800" → "eight hundred". */
export function year(digits: string): string {
  return digits.length === 4 && !digits.startsWith("0") ? inPairs(digits) : cardinal(digits);
}

/** A number with an optional decimal part: "1,234.05" → "one thousand two hundred thirty-four point zero five". */
export function decimal(written: string): string {
  const [whole = "", part] = written.replace(/,/g, "").split(".");
  return cardinal(whole === "" ? "0" : whole) + (part === undefined ? "" : ` point ${digitByDigit(part)}`);
}

/** As {@link decimal}, with a sign: "-5" → "minus five". */
export function signed(written: string): string {
  if (/^[-−–]/.test(written)) return `minus ${decimal(written.slice(1))}`;
  return written.startsWith("+") ? `plus ${decimal(written.slice(1))}` : decimal(written);
}

/** Numbers of a name, such as a version: each part a quantity, "20.19" → "twenty point nineteen". */
export function dotted(written: string): string {
  return written
    .split(".")
    .map((part) => cardinal(part))
    .join(" point ");
}

/** Number of a room, flight, house or model, as such are called: "204" → "two oh four", "1234" → "twelve thirty-four". */
export function designation(digits: string): string {
  if ((digits.length === 3 || digits.length === 4) && !digits.startsWith("0")) return inPairs(digits);
  return digits.length < 3 ? cardinal(digits) : digitByDigit(digits);
}

/** True when the amount is exactly one, so that its unit stays singular. */
export function isOne(written: string): boolean {
  return /^[-+−]?0*1(?:\.0+)?$/.test(written);
}
