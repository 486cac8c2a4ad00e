import type { ItemId, RunId } from "../../lib/ids.ts";
import type { Ask, AskReply, Out } from "../../protocol/wire.ts";
import { sttSampleRate } from "../../providers/stt.ts";

/** Longest audio of one job, samples: a job is at most 960 KiB, which is 30 s. */
const pieceSamplesMax = 28 * sttSampleRate;
/** How far back from there a quiet place is looked for. */
const searchSamples = 5 * sttSampleRate;
const windowSamples = sttSampleRate / 10;
/** Settled utterances that are remembered, so that late questions about them get an answer. */
const settledMax = 64;

type Result = { readonly text: string } | { readonly code: string };

interface Utterance {
  /** By the end of each piece: its run, and what came of it. */
  readonly pieces: Map<number, { run: RunId | undefined; runs: number; result: Result | undefined }>;
  /** The pieces that make up the committed utterance. */
  final: readonly number[] | undefined;
}

/** What is to be recognised next: samples from `start` to `end` of the track. */
export interface Piece {
  readonly start: number;
  readonly end: number;
}

export type Settled = { readonly text: string } | { readonly code: string };

/** Which recognitions of which utterances are under way. Each committed utterance settles exactly once. */
export class Recognitions {
  private readonly open = new Map<ItemId, Utterance>();
  private settled: ItemId[] = [];
  /** Not committed, but workers may still ask about them. */
  private dropped: ItemId[] = [];

  /** Notes that these pieces are wanted.
   *  @returns those for which no job is out yet */
  want(item: ItemId, pieces: readonly Piece[]): readonly Piece[] {
    const utterance = this.open.get(item) ?? { pieces: new Map(), final: undefined };
    this.open.set(item, utterance);
    const fresh = pieces.filter(({ end }) => !utterance.pieces.has(end));
    for (const { end } of fresh) utterance.pieces.set(end, { run: undefined, runs: 1, result: undefined });
    return fresh;
  }

  /** The utterance is complete, and these pieces are all of it; `want` them first. */
  commit(item: ItemId, pieces: readonly Piece[]): Settled | undefined {
    const utterance = this.open.get(item);
    if (utterance === undefined) return undefined;
    utterance.final = pieces.map(({ end }) => end);
    return this.settleIfComplete(item, utterance);
  }

  /** All of the utterance is known already. */
  isCommitted(item: ItemId): boolean {
    return this.settled.includes(item) || this.open.get(item)?.final !== undefined;
  }

  /** A piece of the utterance is being recognised. */
  isWaiting(item: ItemId): boolean {
    const utterance = this.open.get(item);
    return (
      utterance !== undefined && [...utterance.pieces.values()].some(({ result }) => result === undefined)
    );
  }

  /** Takes one result; a second one for the same piece changes nothing. */
  take(out: Extract<Out, { type: `stt.${string}` }>): Settled | undefined {
    const utterance = this.open.get(out.item);
    const piece = utterance?.pieces.get(out.end);
    if (utterance === undefined || piece === undefined || piece.result !== undefined) return undefined;
    if (piece.run !== undefined && piece.run !== out.run) return undefined;
    piece.run = out.run;
    piece.result = out.type === "stt.done" ? { text: out.text } : { code: out.code };
    return this.settleIfComplete(out.item, utterance);
  }

  /** The piece will not be recognised. */
  fail(item: ItemId, end: number, code: string): Settled | undefined {
    const utterance = this.open.get(item);
    const piece = utterance?.pieces.get(end);
    if (utterance === undefined || piece === undefined || piece.result !== undefined) return undefined;
    piece.result = { code };
    return this.settleIfComplete(item, utterance);
  }

  /** Gives a committed utterance up. */
  abandon(item: ItemId, code: string): Settled | undefined {
    const utterance = this.open.get(item);
    if (utterance?.final === undefined) return undefined;
    this.settle(item);
    return { code };
  }

  /** Forgets what was heard of an utterance that is not committed. The item may still be, later and anew. */
  drop(item: ItemId): void {
    const utterance = this.open.get(item);
    if (utterance === undefined || utterance.final !== undefined) return;
    this.open.delete(item);
    this.dropped = [...this.dropped, item].slice(-settledMax);
  }

  answer(ask: Ask, runsMax: number): AskReply | undefined {
    if (ask.target.type !== "stt") return undefined;
    const { item, end } = ask.target;
    const piece = this.open.get(item)?.pieces.get(end);
    if (piece === undefined) {
      if (!this.settled.includes(item) && !this.dropped.includes(item)) return undefined;
      return { answer: ask.question === "finish" ? "confirmed" : "drop" };
    }
    if (ask.question === "finish") {
      return piece.result === undefined
        ? undefined
        : { answer: piece.run === ask.run ? "confirmed" : "drop" };
    }
    if (piece.result !== undefined) return { answer: "drop" };
    if (piece.runs >= runsMax) return { answer: "bury" };
    piece.runs += 1;
    piece.run = ask.run;
    return { answer: "go", offset: 0 };
  }

  private settleIfComplete(item: ItemId, utterance: Utterance): Settled | undefined {
    if (utterance.final === undefined) return undefined;
    const results = utterance.final.map((end) => utterance.pieces.get(end)?.result);
    const failed = results.find((result) => result !== undefined && "code" in result);
    if (failed === undefined && results.includes(undefined)) return undefined;
    this.settle(item);
    if (failed !== undefined) return failed;
    const texts = results.flatMap((result) =>
      result !== undefined && "text" in result ? [result.text.trim()] : [],
    );
    return { text: texts.filter((text) => text !== "").join(" ") };
  }

  private settle(item: ItemId): void {
    this.open.delete(item);
    this.settled = [...this.settled, item].slice(-settledMax);
  }
}

/** Cuts an utterance into pieces that fit a job, each at the quietest place near its bound. From the same start the
 *  same cuts come out, however long the utterance grows. */
export function piecesOf(
  audio: { slice(from: number, to: number): Int16Array },
  start: number,
  end: number,
): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = start;
  while (end - from > pieceSamplesMax) {
    const until = from + pieceSamplesMax;
    const cut = quietest(audio.slice(until - searchSamples, until)) + until - searchSamples;
    pieces.push({ start: from, end: cut });
    from = cut;
  }
  pieces.push({ start: from, end });
  return pieces;
}

/** Middle of the quietest window. */
function quietest(samples: Int16Array): number {
  let best = 0;
  let least = Infinity;
  for (let from = 0; from + windowSamples <= samples.length; from += windowSamples) {
    let energy = 0;
    for (let i = from; i < from + windowSamples; i += 1) energy += (samples[i] ?? 0) ** 2;
    if (energy < least) [best, least] = [from, energy];
  }
  return best + windowSamples / 2;
}

/** Words that two readings of a growing utterance agree on will hardly change any more.
 *  @returns how many leading words are the same */
export function agreedWords(before: readonly string[], now: readonly string[]): number {
  let count = 0;
  while (count < before.length && count < now.length && bare(before[count]) === bare(now[count])) count += 1;
  return count;
}

const bare = (word: string | undefined): string => (word ?? "").toLowerCase().replace(/[^\p{L}\p{N}']/gu, "");
