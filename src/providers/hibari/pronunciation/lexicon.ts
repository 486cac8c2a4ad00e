import { fullyStressed, lightlyStressed, primary, spelledOut } from "./stress.ts";
import { type Inflection, inflect, inflectionsOf } from "./suffixes.ts";

/** What a dictionary says: a reading, none, or readings by part of speech with a DEFAULT. */
export type Entry = string | null | Readonly<Record<string, string | null>>;

/** Which sort of sound comes next in the sentence: it decides "the", "to" and some weak forms. */
export type NextSound = "vowel" | "consonant" | "pause";

/** What a word's reading may depend on. */
export interface WordContext {
  /** Part of speech, a Penn Treebank tag. */
  readonly tag: string;
  readonly next: NextSound;
  /** "used to" is said differently from "used". */
  readonly beforeTo: boolean;
}

/** A dictionary in which a word without an entry of its own is also found under its other capitalisation. */
export class Dictionary {
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(entries: ReadonlyMap<string, Entry>) {
    this.#entries = entries;
  }

  get(word: string): Entry {
    const exact = this.#entries.get(word) ?? null;
    if (exact !== null || word.length < 2) return exact;
    const lower = word.toLowerCase();
    const capitalised = lower[0]!.toUpperCase() + lower.slice(1);
    if (word === lower) return this.#entries.get(capitalised) ?? null;
    if (word === capitalised) return this.#entries.get(lower) ?? null;
    return null;
  }

  has(word: string): boolean {
    return this.get(word) !== null;
  }
}

/** Readings of known words, of their inflected forms, and of letters. */
export class Lexicon {
  readonly #gold: Dictionary;
  readonly #silver: Dictionary;

  /** @param gold checked entries, asked first  @param silver made by machine */
  constructor(gold: Dictionary, silver: Dictionary) {
    this.#gold = gold;
    this.#silver = silver;
  }

  /** The reading of `word`, or undefined when neither dictionary nor rule knows it.
   *  A word in capitals that is no entry is spelled out. */
  read(word: string, context: WordContext): string | undefined {
    const emphasis = emphasisOf(word);
    const form = this.#wordForm(word, context);
    if (this.#isKnown(form)) return emphasis(this.#readEntry(form, context));
    if (form.endsWith("'") && form.length > 1) return this.read(form.slice(0, -1), context);
    return this.#readInflected(form, context, emphasis);
  }

  /** Letter by letter, whatever the dictionaries say; undefined without any letter of A to Z. */
  spell(word: string): string | undefined {
    const names = Array.from(word.toUpperCase()).flatMap((letter) => {
      const name = /[A-Z]/.test(letter) ? this.#gold.get(letter) : null;
      return typeof name === "string" ? [name] : [];
    });
    return names.length === 0 ? undefined : spelledOut(names);
  }

  /** Whether a dictionary holds this very word; rules are not tried. */
  lists(word: string): boolean {
    return this.#gold.has(word) || this.#silver.has(word);
  }

  /** One reading of a listed word by part of speech, before any stress is added. */
  entry(word: string, tag: string): string | undefined {
    const entry = this.#gold.get(word) ?? this.#silver.get(word);
    if (entry === null || typeof entry === "string") return entry ?? undefined;
    return entry[tag] ?? entry["DEFAULT"] ?? undefined;
  }

  #readInflected(word: string, context: WordContext, emphasis: Emphasis): string | undefined {
    const found = this.#inflectionOf(word);
    if (found === undefined) return undefined;
    const stem = this.#readEntry(found.stem, context);
    return stem === undefined ? undefined : inflect[found.ending](emphasis(stem)!);
  }

  #inflectionOf(word: string): Inflection | undefined {
    return inflectionsOf(word).find(({ stem }) => this.#isKnown(stem));
  }

  /** "Running" and "STOP" are read as "running" and "stop"; a short name in capitals is left for spelling. */
  #wordForm(word: string, { tag }: WordContext): string {
    const lower = word.toLowerCase();
    if (word.length < 2 || word === lower || this.lists(word)) return word;
    if (!/^[\p{L}']+$/u.test(word)) return word;
    if (tag === "NNP" && word.length <= 7 && word !== capitalisedForm(word)) return word;
    const regular = word === word.toUpperCase() || word.slice(1) === lower.slice(1);
    if (!regular) return word;
    return this.lists(lower) || this.#inflectionOf(lower) !== undefined ? lower : word;
  }

  #isKnown(word: string): boolean {
    if (this.lists(word)) return true;
    if (!/^[A-Za-z]+$/.test(word)) return false;
    return word.length === 1 || word.slice(1) === word.slice(1).toUpperCase();
  }

  #readEntry(word: string, context: WordContext): string | undefined {
    const isCapitals = word === word.toUpperCase() && !this.#gold.has(word);
    const form = isCapitals ? word.toLowerCase() : word;
    const isName = isCapitals && context.tag === "NNP";
    const entry = this.#gold.get(form) ?? (isName ? null : this.#silver.get(form));
    const reading = readingFor(entry, context);
    if (reading === null || (isName && !reading.includes(primary))) return this.spell(form);
    return reading;
  }
}

function capitalisedForm(word: string): string {
  return word[0]!.toUpperCase() + word.slice(1).toLowerCase();
}

function readingFor(entry: Entry, { tag, next }: WordContext): string | null {
  if (entry === null || typeof entry === "string") return entry;
  if (next === "pause" && "None" in entry) return entry["None"] ?? null; // weak forms are strong before a pause
  const key = tag in entry ? tag : wordClassOf(tag);
  return (key in entry ? entry[key] : entry["DEFAULT"]) ?? null;
}

function wordClassOf(tag: string): string {
  if (tag.startsWith("VB")) return "VERB";
  if (tag.startsWith("NN")) return "NOUN";
  if (tag.startsWith("RB")) return "ADV";
  if (tag.startsWith("JJ")) return "ADJ";
  return tag;
}

type Emphasis = (reading: string | undefined) => string | undefined;

/** Capitals add stress: a little for the first letter, all of it for the whole word. */
function emphasisOf(word: string): Emphasis {
  if (word === word.toLowerCase()) return (reading) => reading;
  const stressed = word === word.toUpperCase() ? fullyStressed : lightlyStressed;
  return (reading) => (reading === undefined ? undefined : stressed(reading));
}
