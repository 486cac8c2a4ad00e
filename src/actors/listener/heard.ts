import { concatSamples } from "../../audio/pcm.ts";
import { PartResampler } from "../../audio/resample.ts";
import { sttSampleRate } from "../../providers/stt.ts";
import { Track } from "./track.ts";

/** Sampling rate of kept audio, Hz. */
export const keptRate = 24_000;
export const keptPerHeard = keptRate / sttSampleRate;

const toHeard = new PartResampler(keptRate, sttSampleRate);
/** What `follow` makes at a time, samples at 16 kHz: 100 ms. */
const followSamples = 1_600;

/** A track at 24 kHz as recogniser and detector hear it: at 16 kHz. Nothing is resampled until it is asked for, since most
 *  of what comes in never is; what was made is kept while its source is, since a growing utterance is asked for again
 *  and again. A sample is the same whenever it is asked for, but for the last 2 ms: behind the end is silence until
 *  there is more.
 *
 *  Positions are samples at 16 kHz since the session's start. */
export class Heard {
  private readonly kept: Track;
  /** Settled samples that were asked for, without a gap. */
  private made = new Track();

  constructor(kept: Track) {
    this.kept = kept;
  }

  get start(): number {
    return Math.ceil(this.kept.start / keptPerHeard);
  }

  /** Behind the last sample. */
  get end(): number {
    return Math.floor(this.kept.end / keptPerHeard);
  }

  /** Behind the last sample that later audio changes nothing of. */
  get settledEnd(): number {
    return toHeard.settled(this.kept.end);
  }

  /** Samples from `from` to `to` (exclusive), as far as they are here; read only. */
  slice(from: number, to: number): Int16Array {
    const first = Math.max(from, this.start);
    const end = Math.min(to, this.end);
    if (end <= first) return new Int16Array(0);
    this.beginAt(first);
    const settled = Math.min(end, this.settledEnd);
    if (settled > this.made.end) this.makeUntil(settled);
    if (settled >= end) return this.made.slice(first, end);
    return concatSamples([this.made.slice(first, end), this.make(Math.max(first, settled), end)]);
  }

  /** Makes what there is of the samples from `from` on, some at a time: of a long utterance that is asked for only at its
   *  end, all sessions would feel the making. */
  follow(from: number): void {
    this.beginAt(Math.max(from, this.start));
    const settled = this.settledEnd;
    if (settled - this.made.end >= followSamples) this.makeUntil(settled);
  }

  private makeUntil(settled: number): void {
    this.made.append(this.make(this.made.end, settled));
  }

  private beginAt(first: number): void {
    if (first >= this.made.start && first <= this.made.end) return;
    this.made.discard();
    this.made = new Track(first);
  }

  private make(first: number, end: number): Int16Array {
    const input = toHeard.inputOf(first, end);
    const begin = Math.max(input.from, this.kept.start);
    return toHeard.part(this.kept.slice(begin, input.to), begin, first, end);
  }

  /** Lets go of what no sample from `position` on depends on. */
  trim(position: number): void {
    this.kept.trim(position * keptPerHeard - toHeard.reach);
    this.made.trim(position);
  }
}
