import { numberWords, readNumber } from "./numbers.ts";
import { hashOf, plain, wordsOf } from "./words.ts";

/** Words of a long story when no number was asked for, and of the longest one told. */
const longWords = 300;
const storyWordsMax = 2_000;

const heroes = [
  "a lighthouse keeper",
  "a baker",
  "a clock maker",
  "a ferry pilot",
  "a gardener",
  "a bell ringer",
];
const places = [
  "by the sea",
  "at the edge of a forest",
  "in a town of narrow streets",
  "on an island",
  "below the mountains",
];
const things = [
  "a small brass key",
  "a letter without a name",
  "a lantern that never went out",
  "a map with one corner missing",
  "a bird that could not sing",
];
const helpers = [
  "an old fisherman",
  "a child with a red hat",
  "a travelling musician",
  "a tired postman",
  "a woman who mended nets",
];
const weathers = [
  "The fog came in early.",
  "It rained all morning.",
  "The wind turned to the north.",
  "The sun was low and warm.",
  "Snow lay on every roof.",
];

const steps: readonly string[] = [
  "On the {n} day, {hero} walked as far as the old bridge and asked everyone there about {thing}.",
  "{weather} Nobody was out of doors but {helper}, who had seen such a thing once, long ago.",
  "They sat down together, shared some bread, and talked until the lamps were lit.",
  "The path grew narrow after that, and the stones were loose under every step.",
  "At the next house a dog barked twice, and then lay down again as if it had been expecting them.",
  "There was a door at the end of the lane, green once, with a number that nobody had painted for years.",
  "Behind it somebody was counting, slowly, the way one counts to stay awake.",
  "When it was answered at last, it was answered with a question, and the question was a fair one.",
  "So {hero} told the whole tale from the beginning, and left nothing out but the parts that were dull.",
  "That night the stars were very clear, and the way home looked shorter than it was.",
  "In the morning {thing} was still there, on the table, beside a cup that had gone cold.",
  "It is a strange thing to carry something that far and to find that it wanted to be carried.",
];
const numerals = [
  "first",
  "second",
  "third",
  "fourth",
  "fifth",
  "sixth",
  "seventh",
  "eighth",
  "ninth",
  "tenth",
];

/** Somebody who only wants to hear the voice go on. */
const endless =
  /^(?:just )?(?:keep|go on|carry on) (?:talking|speaking)\b|^(?:talk|speak) (?:for|to me for|until)\b/;

export function isStoryAsked(text: string): boolean {
  if (endless.test(plain(text))) return true;
  return (
    /\b(?:story|tale|fairy tale)\b/.test(plain(text)) &&
    /\b(?:tell|story please|make up|write|read|another|give|want|hear|a)\b/.test(plain(text))
  );
}

/** A story that the same request always gets again. Its length is what was asked for: a number of words, long, or short. */
export function tellStory(text: string): string {
  const asked = wordsAsked(plain(text));
  const chance = hashOf(plain(text));
  const pick = (from: readonly string[], turn: number): string =>
    from[((chance >>> turn) + turn) % from.length] ?? "";
  const hero = pick(heroes, 1);
  const known = `the ${hero.split(" ").slice(1).join(" ")}`;
  const thing = pick(things, 3);
  const parts = [
    `Once there was ${hero} who lived ${pick(places, 2)}.`,
    `One evening, on the step in front of the door, lay ${thing}.`,
  ];
  const last = [
    `In the end ${known} kept ${thing.replace(/^a /, "the ")}, and was glad of it.`,
    "And that is the story.",
  ];
  const fill = (step: string, turn: number): string =>
    sentence(
      step
        .replaceAll("{n}", numerals[Math.floor(turn / steps.length)] ?? "next")
        .replaceAll("{hero}", known)
        .replaceAll("{thing}", thing.replace(/^a /, "the "))
        .replaceAll("{helper}", pick(helpers, turn % 5))
        .replaceAll("{weather}", weathers[(chance + turn) % weathers.length] ?? ""),
    );
  const length = (): number => wordsOf([...parts, ...last].join(" ")).length;
  for (let turn = 0; length() < asked; turn += 1) parts.push(fill(steps[turn % steps.length] ?? "", turn));
  return [...parts, ...last].join(" ");
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function wordsAsked(asked: string): number {
  const words = numberWords(asked);
  const at = words.findIndex((word, index) => index > 0 && /^words?$/.test(word));
  for (let from = Math.max(0, at - 4); from < at; from += 1) {
    const read = readNumber(words, from);
    if (read?.next === at) return Math.min(read.value, storyWordsMax);
  }
  if (/\b(?:very|really) long\b/.test(asked)) return 2 * longWords;
  if (/\blong(?:er)?\b/.test(asked) || endless.test(asked)) return longWords;
  return /\b(?:short|brief|quick|little)\b/.test(asked) ? 40 : 120;
}
