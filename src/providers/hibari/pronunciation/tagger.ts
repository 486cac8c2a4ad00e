/** Weights of an averaged perceptron that tags parts of speech (Penn Treebank tags). */
export interface TaggerModel {
  readonly tags: readonly string[];
  /** Words with one dominant tag; they are not weighed. */
  readonly tagdict: ReadonlyMap<string, string>;
  /** Words the weights know; others count by their shape. */
  readonly vocab: ReadonlySet<string>;
  /** By feature: what it adds to the score of each tag. */
  readonly weights: ReadonlyMap<string, Readonly<Record<string, number>>>;
}

/** Tags the pieces of one sentence, left to right: a tag depends on the two before it. */
export function tagPieces(model: TaggerModel, pieces: readonly string[]): string[] {
  const known = pieces.map((piece) => {
    const plain = normalForm(piece);
    return model.vocab.has(plain) ? plain : `<${shapeOf(piece)}>`;
  });
  const context = ["-START2-", "-START-", ...known, "-END-", "-END2-"];
  const tags: string[] = [];
  let [before, before2] = ["-START-", "-START2-"];
  for (const [index, piece] of pieces.entries()) {
    const tag =
      model.tagdict.get(piece) ?? bestTag(model, featuresOf(index, piece, context, before, before2));
    tags.push(tag);
    [before2, before] = [before, tag];
  }
  return tags;
}

function featuresOf(
  index: number,
  piece: string,
  context: readonly string[],
  before: string,
  before2: string,
): string[] {
  const at = index + 2;
  const [left2, left, here, right, right2] = context.slice(at - 2, at + 3) as [
    string,
    string,
    string,
    string,
    string,
  ];
  return [
    "b",
    `s3=${lastThree(piece)}`,
    `p1=${Array.from(piece)[0]}`,
    `w=${here}`,
    `sh=${shapeOf(piece)}`,
    index === 0 ? "i0" : "i+",
    `t-1=${before}`,
    `t-2=${before2}`,
    `t-12=${before},${before2}`,
    `w-1=${left}`,
    `s3-1=${lastThree(left)}`,
    `w-2=${left2}`,
    `w+1=${right}`,
    `s3+1=${lastThree(right)}`,
    `w+2=${right2}`,
  ];
}

function bestTag(model: TaggerModel, features: readonly string[]): string {
  const scores = new Map<string, number>();
  for (const feature of features) {
    const weights = model.weights.get(feature);
    if (weights === undefined) continue;
    for (const tag in weights) scores.set(tag, (scores.get(tag) ?? 0) + weights[tag]!);
  }
  let best = "NN";
  let bestScore = -Infinity;
  if (scores.size === 0) return best;
  for (const tag of model.tags) {
    const score = scores.get(tag) ?? 0;
    if (score < bestScore || (score === bestScore && tag < best)) continue; // ties go to the later name, as trained
    [best, bestScore] = [tag, score];
  }
  return best;
}

const lastThree = (word: string): string => word.slice(-3);

function normalForm(word: string): string {
  if (word.includes("-") && !word.startsWith("-")) return "!HYPHEN";
  if (/^\d{4}$/.test(word)) return "!YEAR";
  if (/^\d/.test(word)) return "!DIGITS";
  return word.toLowerCase();
}

function shapeOf(word: string): string {
  if (/^\p{L}+$/u.test(word)) {
    if (word === word.toLowerCase()) return "x";
    if (word === word.toUpperCase()) return word.length > 1 ? "XX" : "X1";
    const rest = word.slice(1);
    return rest === rest.toLowerCase() && word[0] !== word[0]!.toLowerCase() ? "Xx" : "xX";
  }
  if (/^\d+$/.test(word)) return "d";
  return Array.from(word)
    .slice(0, 4)
    .map((c) => (/\d/.test(c) ? "d" : /\p{L}/u.test(c) ? "x" : c))
    .join("");
}
