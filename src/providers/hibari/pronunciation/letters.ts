/** The tables of the network that guesses the sound of unknown words. */
export interface LettersModel {
  /** Characters it reads; the index + 1 is the input, 0 is not used. */
  readonly in: readonly string[];
  /** Sounds it says; the index + 1 is the output, 0 is the blank. */
  readonly out: readonly string[];
  /** Characters it reads at most. */
  readonly maxlen: number;
}

/** The network's input for a word, case kept; empty when it knows none of the characters. */
export function letterIds(model: LettersModel, word: string): number[] {
  return Array.from(word)
    .map((letter) => model.in.indexOf(letter) + 1)
    .filter((id) => id > 0)
    .slice(0, model.maxlen);
}

/** Reads the network's output: runs of one sound are one, blanks separate (CTC). */
export function decodeSounds(model: LettersModel, ids: readonly number[]): string {
  let sounds = "";
  let before = 0;
  for (const id of ids) {
    const sound = id === before ? undefined : model.out[id - 1];
    if (sound !== undefined && !notSounds.has(sound)) sounds += sound;
    before = id;
  }
  return sounds;
}

/** Marks of language switches and the like, left in the network's vocabulary by its training data. */
const notSounds = new Set([" ", "(", ")", "-", "1"]);
