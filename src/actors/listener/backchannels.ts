/** Words by which a listener says that they follow, and nothing else. Several may come in a row: "yeah, yeah, right".
 *  Not among them: "no", "wait", "stop", "what", which want the speaker to react; "huh" is, because that
 *  is what recognisers write for a cough. */
const single = new Set(
  (
    "ah aha ahh alright cool exactly fine gotcha ha hah hm hmm huh indeed mhm mhmm mm mmhm mmhmm mmm nice oh ohh ok okay " +
    "ooh right sure true uh uhhuh uhuh um umhum umm understood wow yea yeah yep yes yup"
  ).split(" "),
);
/** The same in several words. */
const phrases = [
  "all right",
  "got it",
  "got you",
  "go on",
  "i know",
  "i see",
  "i understand",
  "makes sense",
  "of course",
  "oh i see",
  "that makes sense",
  "that's right",
  "that's true",
  "uh huh",
];
/** More words than this are a turn, whatever they are. */
const wordsMax = 4;

/** What a recogniser writes for a noise: "[cough]", "(laughs)", "*sighs*". */
const annotation = /\[[^\]]*\]|\([^)]*\)|\*[^*]*\*/g;

const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .replaceAll("’", "'")
    .replace(annotation, " ")
    .split(/[^\p{L}\p{N}']+/u)
    .map((word) => word.replace(/^'+|'+$/g, ""))
    .filter((word) => word !== "");

/** What recognisers make of a cough or a bang that is no word: they were taught by films, where somebody always speaks.
 *  Nobody says it alone. */
const artefact = "you";

/** Whether nothing was said: silence, or a noise that is no word. */
export function isNoWord(text: string): boolean {
  const words = wordsOf(text);
  return words.length === 0 || (words.length === 1 && words[0] === artefact);
}

/** Whether all that was said only says that somebody listens. A question mark counts for nothing: whether "right" was
 *  a question is more than a recogniser can tell. */
export function isBackchannel(text: string): boolean {
  const words = wordsOf(text);
  if (words.length === 0 || words.length > wordsMax) return false;
  return isMadeOf(words);
}

/** Whether the words are single ones and phrases in a row. */
function isMadeOf(words: readonly string[]): boolean {
  if (words.length === 0) return true;
  if (single.has(words[0] ?? "") && isMadeOf(words.slice(1))) return true;
  return phrases.some((phrase) => {
    const parts = phrase.split(" ");
    return parts.every((part, i) => words[i] === part) && isMadeOf(words.slice(parts.length));
  });
}

/** Whether what was said leaves an answer as it was. */
export const saysNothing = (text: string): boolean => isNoWord(text) || isBackchannel(text);
