/** Stress marks stand right before the vowel they stress, not before the syllable: `həlˈO`. */
export const primary = "ˈ";
export const secondary = "ˌ";

const vowels = new Set("AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻ");
const consonants = new Set("bdfhjklmnpstvwzðŋɡɹɾʃʒʤʧθ");

export const isVowel = (phoneme: string): boolean => vowels.has(phoneme);
export const isConsonant = (phoneme: string): boolean => consonants.has(phoneme);

/** How heavy a reading is: diphthongs and affricates count twice. Of two parts the lighter one gives way. */
export function weightOf(phonemes: string): number {
  let weight = 0;
  for (const phoneme of phonemes) weight += "AIOQWYʤʧ".includes(phoneme) ? 2 : 1;
  return weight;
}

/** Moves the reading one step back: its primary stress becomes secondary, older secondary ones go. */
export function demoted(phonemes: string): string {
  if (!phonemes.includes(primary)) return phonemes;
  return phonemes.replaceAll(secondary, "").replaceAll(primary, secondary);
}

/** At least secondary stress: a function word with a capital is slightly stressed. */
export function lightlyStressed(phonemes: string): string {
  return isStressed(phonemes) ? phonemes : markFirstVowel(phonemes, secondary);
}

/** At least primary stress: a word in capitals is meant with force. */
export function fullyStressed(phonemes: string): string {
  if (phonemes.includes(primary)) return phonemes;
  if (phonemes.includes(secondary)) return phonemes.replaceAll(secondary, primary);
  return markFirstVowel(phonemes, primary);
}

function isStressed(phonemes: string): boolean {
  return phonemes.includes(primary) || phonemes.includes(secondary);
}

function markFirstVowel(phonemes: string, mark: string): string {
  const symbols = Array.from(phonemes);
  const at = symbols.findIndex(isVowel);
  return at < 0 ? phonemes : [...symbols.slice(0, at), mark, ...symbols.slice(at)].join("");
}

/** Readings of letter names run together: all secondary but the last, which carries the stress. */
export function spelledOut(letterNames: readonly string[]): string {
  const even = letterNames.map((name) => lightlyStressed(demoted(name))).join("");
  const last = even.lastIndexOf(secondary);
  return last < 0 ? even : even.slice(0, last) + primary + even.slice(last + 1);
}

/** Settles the stress of a compound ("well-known", "JetStream"): the lighter half of its parts step back. */
export function compounded(parts: readonly { readonly text: string; readonly phonemes: string }[]): string[] {
  const readings = parts.map((part) => part.phonemes);
  const spoken = readings.flatMap((phonemes, index) => (phonemes === "" ? [] : [index]));
  const [first, second] = spoken;
  if (spoken.length === 2 && parts[first!]!.text.length === 1) {
    readings[second!] = demoted(readings[second!]!);
    return readings;
  }
  const strong = spoken.filter((index) => readings[index]!.includes(primary)).length;
  if (spoken.length < 2 || strong <= Math.floor((spoken.length + 1) / 2)) return readings;
  const weakestFirst = spoken.toSorted(
    (a, b) =>
      Number(readings[a]!.includes(primary)) - Number(readings[b]!.includes(primary)) ||
      weightOf(readings[a]!) - weightOf(readings[b]!) ||
      a - b,
  );
  for (const index of weakestFirst.slice(0, Math.floor(spoken.length / 2))) {
    readings[index] = demoted(readings[index]!);
  }
  return readings;
}
