/** Word errors of recognised speech under one fixed normalisation, so that figures of different tests compare:
 *  lower case, no punctuation (hyphens part words, apostrophes vanish), whole numbers and titles spelled out. */

const titles: Readonly<Record<string, string>> = {
  mr: "mister",
  mrs: "missus",
  ms: "miss",
  dr: "doctor",
  st: "saint",
};

const small = (
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen " +
  "eighteen nineteen"
).split(" ");
const tens = ". . twenty thirty forty fifty sixty seventy eighty ninety".split(" ");

/** Words of a whole number below a billion, without "and". */
function spell(n: number): string {
  if (n < 20) return small[n] ?? "";
  if (n < 100) return `${tens[Math.floor(n / 10)]}${n % 10 === 0 ? "" : ` ${small[n % 10]}`}`;
  for (const [unit, name] of [
    [1_000_000, "million"],
    [1_000, "thousand"],
    [100, "hundred"],
  ] as const) {
    if (n >= unit)
      return `${spell(Math.floor(n / unit))} ${name}${n % unit === 0 ? "" : ` ${spell(n % unit)}`}`;
  }
  return "";
}

/** The words that are compared. */
export function normaliseWords(text: string): readonly string[] {
  return text
    .toLowerCase()
    .replace(/(\d),(?=\d{3})/g, "$1")
    .replace(/['’]/g, "")
    .replace(/\d{1,9}/g, (digits) => ` ${spell(Number(digits))} `)
    .replace(/[^\p{L}\p{M}]+/gu, " ")
    .trim()
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => titles[word] ?? word);
}

export interface WordErrors {
  /** Substituted, missing and added words. */
  readonly errors: number;
  /** Words of the reference. */
  readonly words: number;
}

/** Smallest number of word edits that turn what was recognised into the reference. */
export function wordErrors(reference: string, recognised: string): WordErrors {
  const expected = normaliseWords(reference);
  const actual = normaliseWords(recognised);
  let above = Array.from({ length: actual.length + 1 }, (_, j) => j);
  for (const [i, word] of expected.entries()) {
    const row = [i + 1];
    for (const [j, other] of actual.entries()) {
      row.push(Math.min(above[j]! + (word === other ? 0 : 1), above[j + 1]! + 1, row[j]! + 1));
    }
    above = row;
  }
  return { errors: above.at(-1)!, words: expected.length };
}

/** Sums several comparisons. */
export function addWordErrors(all: readonly WordErrors[]): WordErrors {
  return {
    errors: all.reduce((sum, { errors }) => sum + errors, 0),
    words: all.reduce((sum, { words }) => sum + words, 0),
  };
}
