import type { SemanticVad } from "../../protocol/turn-detection.ts";

type Eagerness = SemanticVad["eagerness"];

/** How long silence lasts before it ends a turn, ms. */
interface Patience {
  /** After what sounds finished. Longer than the pause after which the question is put (160 ms). */
  readonly shortestMs: number;
  /** After what sounds unfinished. */
  readonly longestMs: number;
}

const medium: Patience = { shortestMs: 384, longestMs: 4_000 };

/** The longest are the protocol's. The shortest are ours: medium answers a finished sentence a little sooner than
 *  server_vad does by default, low a little later. */
const patience: Readonly<Record<Eagerness, Patience>> = {
  low: { shortestMs: 768, longestMs: 8_000 },
  medium,
  high: { shortestMs: 256, longestMs: 2_000 },
  auto: medium,
};

/** Beyond these a probability counts as certainty: the model's answers to clear cases spread that far. */
const surelyFinished = 0.9;
const surelyUnfinished = 0.1;
/** When the model does not answer: half-way, so that silence decides. */
const unknown = 0.5;

/** The silence that ends a turn which is finished with this probability; undefined: nobody knows. In between the two
 *  bounds each step of probability makes the silence longer by the same factor. */
export function silenceFor(eagerness: Eagerness, finished = unknown): number {
  const { shortestMs, longestMs } = patience[eagerness];
  const doubt = (surelyFinished - finished) / (surelyFinished - surelyUnfinished);
  return shortestMs * (longestMs / shortestMs) ** Math.min(1, Math.max(0, doubt));
}

/** The silence before which no answer makes a difference. */
export const shortestSilence = (eagerness: Eagerness): number => patience[eagerness].shortestMs;

/** What a sentence goes on from. */
const never =
  "a an the my your our their and or but because if than while unless whether although um uh er erm";
/** The same, but they can stand at the end of a question, or of a clause that begins like one. */
const unlessAsked = "of for from with at into between";
const openEnds = new Set(never.split(" "));
const openEndsOfStatements = new Set(unlessAsked.split(" "));
const askers = /\b(?:what|who|whom|whose|which|where|how)(?:'s|\b)/i;

/** Whether words in a language can be judged by `isLeftOpen`.
 *  @param tag BCP 47; undefined: the recogniser's own, which is English here */
export const isEnglish = (tag: string | undefined): boolean => tag === undefined || /^en(?:-|$)/i.test(tag);

/** Whether the words, English ones, stop where no sentence does. Intonation alone misses that when somebody stops in
 *  mid-sentence with a falling voice. */
export function isLeftOpen(text: string): boolean {
  const last = /([\p{L}']+)[^\p{L}]*$/u.exec(text)?.[1]?.toLowerCase() ?? "";
  return openEnds.has(last) || (openEndsOfStatements.has(last) && !askers.test(text));
}

/** Probability that the turn is finished, by how it was said and what was said.
 *  @param sounded undefined: the model did not answer
 *  @param text undefined: it is not known what was said */
export function finishedBy(sounded: number | undefined, text: string | undefined): number | undefined {
  if (text === undefined || !isLeftOpen(text)) return sounded;
  return Math.min(sounded ?? unknown, surelyUnfinished);
}
