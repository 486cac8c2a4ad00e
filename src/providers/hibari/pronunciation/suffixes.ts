/** Sounds after which an American t between vowels becomes a flap. */
const flapAfter = "AIOWYiuæɑəɛɪɹʊʌ";

/** The regular ending -s of plurals, verbs and possessives. */
export function withS(stem: string): string {
  const last = stem.at(-1) ?? "";
  if ("ptkfθ".includes(last)) return `${stem}s`;
  if ("szʃʒʧʤ".includes(last)) return `${stem}ᵻz`;
  return `${stem}z`;
}

export function withEd(stem: string): string {
  const last = stem.at(-1) ?? "";
  if ("pkfθʃsʧ".includes(last)) return `${stem}t`;
  if (last === "d") return `${stem}ᵻd`;
  if (last !== "t") return `${stem}d`;
  return endsInFlap(stem) ? `${stem.slice(0, -1)}ɾᵻd` : `${stem}ᵻd`;
}

export function withIng(stem: string): string {
  return endsInFlap(stem) ? `${stem.slice(0, -1)}ɾɪŋ` : `${stem}ɪŋ`;
}

function endsInFlap(stem: string): boolean {
  return stem.length > 1 && stem.endsWith("t") && flapAfter.includes(stem.at(-2)!);
}

/** A way to see a word as stem and ending. */
export interface Inflection {
  readonly stem: string;
  readonly ending: "s" | "ed" | "ing";
}

export const inflect: Readonly<Record<Inflection["ending"], (stem: string) => string>> = {
  s: withS,
  ed: withEd,
  ing: withIng,
};

/** Ways to see `word` as an inflected form, most likely first; the caller takes the first whose stem it knows. */
export function inflectionsOf(word: string): Inflection[] {
  return [...endingInS(word), ...endingInEd(word), ...endingInIng(word)];
}

function endingInS(word: string): Inflection[] {
  if (word.length < 3 || !word.endsWith("s")) return [];
  const stems: string[] = [];
  if (!word.endsWith("ss")) stems.push(word.slice(0, -1));
  const es = word.length > 4 && word.endsWith("es") && !word.endsWith("ies");
  if (word.endsWith("'s") || es) stems.push(word.slice(0, -2));
  if (word.length > 4 && word.endsWith("ies")) stems.push(`${word.slice(0, -3)}y`);
  return stems.map((stem) => ({ stem, ending: "s" }));
}

function endingInEd(word: string): Inflection[] {
  if (word.length < 4 || !word.endsWith("d")) return [];
  const stems: string[] = [];
  if (!word.endsWith("dd")) stems.push(word.slice(0, -1));
  if (word.length > 4 && word.endsWith("ed") && !word.endsWith("eed")) {
    stems.push(word.slice(0, -2));
    if (hasDoubledEnd(word.slice(0, -2))) stems.push(word.slice(0, -3));
  }
  return stems.map((stem) => ({ stem, ending: "ed" }));
}

function endingInIng(word: string): Inflection[] {
  if (word.length < 5 || !word.endsWith("ing")) return [];
  const bare = word.slice(0, -3);
  const stems = [`${bare}e`];
  if (word.length > 5) stems.unshift(bare);
  if (word.length > 5 && (hasDoubledEnd(bare) || bare.endsWith("ck"))) stems.push(bare.slice(0, -1));
  return stems.map((stem) => ({ stem, ending: "ing" }));
}

/** As in "plan-n-ed": a consonant doubled before the ending. */
function hasDoubledEnd(stem: string): boolean {
  return /([bcdgklmnprstvxz])\1$/.test(stem);
}
