/** Words that the first segment holds at least, so that a lone "Well," is not spoken on its own. */
export const firstSegmentWordsMin = 3;
/** Length from which the first segment closes between two words when no punctuation came, in characters: about four
 *  seconds of speech, which gives the next segment time to be made. */
export const firstSegmentCharsMax = 60;
/** Length from which any later segment closes without a sentence end, in characters: about fifteen seconds of speech. */
export const segmentCharsMax = 240;
/** Length at which a segment closes even inside a word, in characters. It bounds memory against text without spaces
 *  and lies far above any address that is worth saying. */
export const segmentCharsHardMax = 2_000;

/** Abbreviations that the sentence goes on after; a wrong "no" only makes a segment longer. */
const abbreviations = new Set(
  (
    "dr mr mrs ms prof rev hon gov sen rep gen col capt cpt lt sgt cmdr maj pres messrs fr adm mt ft st jr sr esq " +
    "ave blvd rd ln hwy apt ste dept univ inc corp co ltd bros e.g i.e vs cf ca viz approx est etc al a.m p.m ph.d " +
    "jan feb mar apr jun jul aug sept sep oct nov dec mon tue tues wed thu thur thurs fri"
  ).split(" "),
);
/** Those only when a number follows: "No. 5", but not "No. It is". */
const beforeNumber = new Set("no nos fig figs p pp pg vol ch sec eq art op v ver ext tel".split(" "));
/** Words that a full stop often shortens in mid-sentence; a wrong "yes" only makes a segment wait for the next word. */
const shortened = new Set(
  (
    "addr admin amt appt assoc asst avg bldg cert comp conv def dist elev encl equiv exec excl fwd gal gov hrs incl info " +
    "intl intro lang lbs max mgmt mgr mid mil min mins misc mod neg obj orig para perm phil poss prev prob proc pron " +
    "prop pub pvt qtr qty rec ref reg rel resp ret sci sec secs seq soc spec std subj tbsp tech temp tot trans tsp vert " +
    "wks yds yrs"
  ).split(" "),
);
/** Marks that may stand between the end of a sentence and the space. */
const closing = String.raw`["'”’)\]*_~\x60]{0,6}`;
const sentenceEnd = new RegExp(String.raw`[.!?…]${closing}$`);
/** A space after a plain word and one mark: nothing that follows can make it less than the end of a sentence, unless
 *  the word is an abbreviation. */
const plainEnd = /(?:^|[\s("'“‘])(\p{Lu}?\p{Ll}{3,24})([.!?]) $/u;
const clauseEnd = new RegExp(String.raw`(?:[,;:]${closing}|[—–]|(?:^|\s)-{1,3})$`);

/** Cuts the text of an answer, as it streams in, into segments that can be spoken one by one.
 *
 *  The first closes early, at the end of a clause, so that speech starts soon; later ones close at the end of a
 *  sentence or line, or when they grow too long. All segments joined are the text, character for character, and they do not
 *  depend on how the text was divided into pushes: a place is judged when the first character after its space is there,
 *  and at the space where that is enough, so that speech does not wait for the next token. White space belongs to the
 *  segment before it, but for what follows that space. A segment holds a letter or a digit, except perhaps the last one. */
export class SegmentCutter {
  #pending = "";
  #first = true;

  /** Adds text. @returns the segments that it closed, in order */
  push(text: string): string[] {
    const closed: string[] = [];
    for (const unit of text.split("")) {
      this.#close(cutBefore(this.#pending, unit, this.#first), closed);
      this.#pending += unit;
      if (unit === " " && endsPlainly(this.#pending, this.#first)) this.#close(this.#pending.length, closed);
    }
    return closed;
  }

  /** Ends the answer. @returns what is left, if anything; the cutter is then as new */
  end(): string[] {
    const rest = this.#pending;
    this.#pending = "";
    this.#first = true;
    return rest === "" ? [] : [rest];
  }

  #close(end: number, closed: string[]): void {
    if (end === 0) return;
    closed.push(this.#pending.slice(0, end));
    this.#pending = this.#pending.slice(end);
    this.#first = false;
  }
}

/** Where to cut `text` now that `next` follows it; 0: nowhere yet. */
function cutBefore(text: string, next: string, first: boolean): number {
  if (text.length >= segmentCharsHardMax && !/[\uD800-\uDBFF]$/.test(text)) return text.length;
  const dashed = /\p{L}—$/u.test(text.slice(-3)) && /\p{L}/u.test(next);
  if (/\s/.test(next) || !(dashed || /\s$/.test(text)) || !/[\p{L}\p{N}]/u.test(text)) return 0;
  if (closesHere(text, next, first)) return text.length;
  return text.length > (first ? firstSegmentCharsMax : segmentCharsMax) ? bestCut(text, next) : 0;
}

function closesHere(text: string, next: string, first: boolean): boolean {
  const said = text.trimEnd();
  if (first && isShort(said)) return false;
  if (text.slice(said.length).includes("\n")) return true;
  return endsSentence(said, next) || (first && endsClause(said, next));
}

const isShort = (said: string): boolean =>
  (said.match(/\S*[\p{L}\p{N}]\S*/gu) ?? []).length < firstSegmentWordsMin;

/** Whether `text` ends with the end of a sentence whatever follows. */
function endsPlainly(text: string, first: boolean): boolean {
  const [, word = "", mark] = plainEnd.exec(text.slice(-32)) ?? [];
  if (word === "" || (first && isShort(text))) return false;
  const plain = word.toLowerCase();
  return mark !== "." || !(abbreviations.has(plain) || beforeNumber.has(plain) || shortened.has(plain));
}

/** Whether `said` ends a sentence; a small letter after it tells that it does not. */
function endsSentence(said: string, next: string): boolean {
  if (!sentenceEnd.test(said) || /\p{Ll}/u.test(next)) return false;
  const [, line = "", word = ""] = /(^|\n|\s)[("'“‘[*_]{0,4}([^\s]{1,24})\.$/.exec(said.slice(-32)) ?? [];
  if (word === "") return true;
  if (/^\p{Lu}$|^(?:\p{L}\.)+\p{L}$/u.test(word) && word !== "I") return false; // "J. Smith", "U.S. market"
  if (/^\d{1,3}$/.test(word) && (line === "\n" || said.trimStart() === `${word}.`)) return false; // "1. Item"
  const plain = word.toLowerCase();
  return !(abbreviations.has(plain) || (beforeNumber.has(plain) && /\d/.test(next)));
}

/** Whether `said` ends a clause; digits on both sides of the mark make one number or date of it. */
function endsClause(said: string, next: string): boolean {
  return clauseEnd.test(said) && !(/\d[^\p{L}\d]{0,8}$/u.test(said) && /[\d$€£]/.test(next));
}

/** The best place to divide a text that has grown too long: the last end of a clause in its later two thirds, else the last
 *  space that divides neither a number from its unit nor an abbreviation from its name. 0: none. */
function bestCut(text: string, next: string): number {
  let free = 0;
  for (const { index, 0: space } of Array.from(text.matchAll(/\s+/g)).reverse()) {
    const end = index + space.length;
    const said = text.slice(0, index);
    const following = text.slice(end).split(/\s/, 1)[0] || next;
    if (!/[\p{L}\p{N}]/u.test(said)) break;
    if (isTied(said, following)) continue;
    free ||= end;
    if (end > text.length / 3 && endsClause(said, following.charAt(0))) return end;
  }
  return free;
}

function isTied(said: string, following: string): boolean {
  const word = /\S{1,64}$/.exec(said)?.[0] ?? "";
  return (
    /\d/.test(word) || /^\W{0,2}\d/.test(following) || /[\p{L}]\.$/u.test(word) || /^[+=×÷*/–—-]$/.test(word)
  );
}
