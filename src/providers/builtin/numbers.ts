const small = [
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
]
  .join(" ")
  .split(" ");
const tens = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const scales: Readonly<Record<string, number>> = {
  thousand: 1e3,
  million: 1e6,
  billion: 1e9,
  trillion: 1e12,
};
const fractions: Readonly<Record<string, number>> = {
  half: 1 / 2, halves: 1 / 2, third: 1 / 3, thirds: 1 / 3, quarter: 1 / 4, quarters: 1 / 4, fourth: 1 / 4, fourths: 1 / 4,
  fifth: 1 / 5, fifths: 1 / 5, sixth: 1 / 6, sixths: 1 / 6, eighth: 1 / 8, eighths: 1 / 8, tenth: 1 / 10, tenths: 1 / 10,
}; // prettier-ignore

const units = new Map<string, number>([
  ...small.map((word, value): [string, number] => [word, value]),
  ...tens.map((word, index): [string, number] => [word, (index + 2) * 10]),
]);

export interface ReadNumber {
  readonly value: number;
  /** Index of the first word after the number. */
  readonly next: number;
}

/** Words for `readNumber`: lower case, compounds ("twenty-one", "three-quarters") taken apart, thousands separators out. */
export function numberWords(text: string): readonly string[] {
  return text
    .toLowerCase()
    .replace(/(\d),(?=\d{3}\b)/g, "$1")
    .replace(/([a-z])-(?=[a-z])/g, "$1 ")
    .split(/[\s,;:!?]+|\.(?=\s|$)/)
    .filter((word) => word !== "");
}

/** Reads the number that begins at a word: digits or words, "two hundred and five", "seven and a half", "three quarters",
 *  "two point five", "a dozen", "3 million". */
export function readNumber(words: readonly string[], at: number): ReadNumber | undefined {
  const fraction = readFraction(words, at);
  if (fraction !== undefined) return fraction;
  const whole = readWhole(words, at);
  if (whole === undefined) return undefined;
  const point = readPoint(words, whole);
  const rest = words[point.next] === "and" ? readFraction(words, point.next + 1) : undefined;
  return rest === undefined ? point : { value: point.value + rest.value, next: rest.next };
}

/** "half", "a third", "three quarters"; not "a" alone. */
function readFraction(words: readonly string[], at: number): ReadNumber | undefined {
  const bare = words[at] === "half" || words[at] === "quarter" ? fractions[words[at]] : undefined;
  if (bare !== undefined) return { value: bare, next: words[at + 1] === "a" ? at + 1 : at + 1 };
  const count = words[at] === "a" || words[at] === "an" ? 1 : units.get(words[at] ?? "");
  const part = fractions[words[at + 1] ?? ""];
  if (count === undefined || part === undefined) return undefined;
  return { value: count * part, next: at + 2 };
}

function readPoint(words: readonly string[], whole: ReadNumber): ReadNumber {
  if (words[whole.next] !== "point") return whole;
  let digits = "";
  let next = whole.next + 1;
  for (; next < words.length; next += 1) {
    const word = words[next] ?? "";
    const digit = word === "oh" ? 0 : units.get(word);
    if (digit !== undefined && digit < 10) digits += String(digit);
    else if (/^\d+$/.test(word)) digits += word;
    else break;
  }
  return digits === "" ? whole : { value: Number(`${whole.value}.${digits}`), next };
}

function readWhole(words: readonly string[], at: number): ReadNumber | undefined {
  if (words[at] === "a" && words[at + 1] === "dozen") return { value: 12, next: at + 2 };
  let total = 0;
  let group: number | undefined;
  let next = at;
  for (; next < words.length; next += 1) {
    const word = words[next] ?? "";
    const scale = Object.hasOwn(scales, word) ? scales[word] : undefined;
    if (word === "dozen" && group !== undefined) group *= 12;
    else if (word === "hundred" && (group !== undefined || isArticle(words, next)))
      group = (group ?? 1) * 100;
    else if (scale !== undefined && (group !== undefined || isArticle(words, next))) {
      total += (group ?? 1) * scale;
      group = 0;
    } else if (isArticle(words, next + 1) && group === undefined && isScale(words[next + 1])) continue;
    else if (word === "and" && group !== undefined && isJoin(words, next)) continue;
    else {
      const unit = valueOf(word);
      if (unit === undefined || !canFollow(group, unit, word, words[next - 1])) break;
      group = (group ?? 0) + unit;
    }
  }
  return group === undefined ? undefined : { value: total + group, next };
}

function isScale(word: string | undefined): boolean {
  return word === "hundred" || (word !== undefined && Object.hasOwn(scales, word));
}

/** "a hundred": the word before the scale counts as one. */
function isArticle(words: readonly string[], scaleAt: number): boolean {
  return words[scaleAt - 1] === "a" || words[scaleAt - 1] === "one";
}

/** "two hundred and five": an "and" inside a number follows a scale and precedes something smaller. */
function isJoin(words: readonly string[], at: number): boolean {
  return (
    isScale(words[at - 1]) &&
    valueOf(words[at + 1] ?? "") !== undefined &&
    fractions[words[at + 2] ?? ""] === undefined
  );
}

function valueOf(word: string): number | undefined {
  if (/^(?:\d+\.?\d*|\.\d+)$/.test(word)) return Number(word);
  return units.get(word);
}

/** Whether a unit goes on with the group before it: "twenty" + "one", "hundred" + "five"; never "five" + "six". */
function canFollow(
  group: number | undefined,
  unit: number,
  word: string,
  before: string | undefined,
): boolean {
  if (group === undefined) return true;
  if (/\d/.test(word)) return false;
  if (isScale(before) || before === "and") return true;
  return tens.includes(before ?? "") && unit > 0 && unit < 10;
}

/** Every number in a text, in order; values only. */
export function numbersIn(text: string): readonly number[] {
  const words = numberWords(text.replace(/(^|[\s(])[-\u2212](?=\d)/g, "$1minus "));
  const found: number[] = [];
  for (let at = 0; at < words.length;) {
    const read = readNumber(words, at);
    if (read !== undefined)
      found.push(words[at - 1] === "minus" || words[at - 1] === "negative" ? -read.value : read.value);
    at = read?.next ?? at + 1;
  }
  return found;
}

/** A number as it is written in an answer: no exponent where avoidable, ten significant digits. */
export function written(value: number): string {
  const rounded = Number(value.toPrecision(10));
  if (Math.abs(rounded) >= 1e15) return String(rounded);
  const text = rounded.toFixed(10);
  return text.includes(".") ? text.replace(/\.?0+$/, "").replace(/^-0$/, "0") : text;
}
