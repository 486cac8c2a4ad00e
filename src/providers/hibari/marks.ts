import type { WordMark } from "../../protocol/word-mark.ts";
import type { WordEnd } from "../normalise/word-ends.ts";
import type { PieceWord } from "./pieces.ts";
import { hop } from "./speech/frames.ts";

/** The ends of a text's words in its audio, as its pieces are made. */
export interface Marks {
  /** @param words of a piece, the next ones
   *  @param ends frames of the piece up to the end of each phoneme
   *  @param start sample at which the piece's first frame would begin
   *  @param samplesMax where its sound ends, if that is known: what the network counts to the last word beyond that is
   *    silence */
  place(words: readonly PieceWord[], ends: readonly number[], start: number, samplesMax?: number): void;
  /** What is known now and was not taken yet. */
  take(): readonly WordMark[];
}

/** @param words of the text, and what is said for each */
export function createMarks(words: readonly WordEnd[]): Marks {
  let known: WordMark[] = [];
  let next = 0;
  let last = 0;
  return {
    place: (said, ends, start, samplesMax = Infinity) => {
      for (const word of said) {
        const first = next;
        // a word is over when the last that is said for it is
        while (next < words.length && words[next]!.spoken <= word.chars) next += 1;
        if (next === first) continue;
        const end = start + (ends[word.phonemes - 1] ?? 0) * hop;
        last = Math.max(last, Math.min(end, samplesMax));
        known.push({ chars: words[next - 1]!.chars, samples: last });
      }
    },
    take: () => {
      const taken = known;
      known = [];
      return taken;
    },
  };
}
