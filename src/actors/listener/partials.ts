import type { ItemId } from "../../lib/ids.ts";
import { sttSampleRate } from "../../providers/stt.ts";
import { agreedWords } from "./recognitions.ts";

/** How often a growing utterance is read for partial transcripts. */
const partialEveryMs = 1_000;
/** The longest that is read again and again. */
const partialMsMax = 14_000;
const samplesPerMs = sttSampleRate / 1_000;

/** Whether a growing utterance is to be read again.
 *  @param start of the utterance; @param read up to where it was last read; @param now where it is, samples at 16 kHz */
export const isWorthReading = (start: number, read: number, now: number): boolean =>
  now - start <= partialMsMax * samplesPerMs && now - read >= partialEveryMs * samplesPerMs;

/** What a growing utterance has been read as so far. */
interface Reading {
  lastWords: readonly string[];
  emittedWords: number;
  emitted: string;
}

/** Words of utterances that are still being spoken: told once two readings agree on them, never taken back. */
export class Partials {
  private readonly readings = new Map<ItemId, Reading>();

  /** Takes one reading of the growing utterance.
   *  @returns the words that are certain since the last one; "" for none */
  read(item: ItemId, text: string): string {
    const reading = this.readings.get(item) ?? { lastWords: [], emittedWords: 0, emitted: "" };
    this.readings.set(item, reading);
    const words = text.split(/\s+/).filter((word) => word !== "");
    // the last word may still be growing
    const agreed = Math.min(agreedWords(reading.lastWords, words), Math.max(0, words.length - 1));
    reading.lastWords = words;
    if (agreed <= reading.emittedWords) return "";
    const fresh = words.slice(reading.emittedWords, agreed).join(" ");
    const delta = reading.emittedWords === 0 ? fresh : ` ${fresh}`;
    reading.emittedWords = agreed;
    reading.emitted += delta;
    return delta;
  }

  /** The utterance is read whole: what is still to be told, so that all deltas together are the transcript. "" also when
   *  the readings had gone another way, or when nothing had been told. Forgets the utterance. */
  finish(item: ItemId, transcript: string): string {
    const emitted = this.readings.get(item)?.emitted ?? "";
    this.readings.delete(item);
    return emitted !== "" && transcript.startsWith(emitted) ? transcript.slice(emitted.length) : "";
  }

  drop(item: ItemId): void {
    this.readings.delete(item);
  }
}
