import { rmsOf } from "../audio/pcm.ts";
import { frameMs } from "./audio.ts";

/** Frames that are remembered: five minutes, more than a turn takes to be committed. */
const framesMax = 15_000;
/** A frame this much under the loudest one (−20 dB) is no longer speech: fainter endings of words make latencies look
 *  longer, never shorter; noise of a recording must stay under it. */
const loudShare = 0.1;

/** When each frame was sent, and how loud it was: what latencies are counted from. */
export class Timeline {
  readonly #sentMs = new Float64Array(framesMax);
  readonly #loudness = new Float32Array(framesMax);
  #loudest = 0;
  #frames = 0;

  /** Takes the next frame.
   *  @param atMs when it was sent */
  sent(frame: Int16Array, atMs: number): void {
    const loudness = rmsOf(frame);
    this.#sentMs[this.#frames % framesMax] = atMs;
    this.#loudness[this.#frames % framesMax] = loudness;
    this.#loudest = Math.max(this.#loudest, loudness);
    this.#frames += 1;
  }

  /** When the last loud frame of a turn was sent. The silence that made the server end the turn is left out before:
   *  a breath or a click in it can be as loud as speech. Where no frame is loud, the turn's last one counts.
   *  @param startMs, endMs positions in the audio sent, as the server names them; the end comes after the silence
   *  @returns undefined when nothing of it was sent, or too long ago */
  endOfSpeech(startMs: number, endMs: number, silenceMs: number): number | undefined {
    const spokenEndMs = Math.max(startMs + frameMs, endMs - silenceMs);
    const first = Math.max(0, this.#frames - framesMax, Math.floor(startMs / frameMs));
    const last = Math.min(this.#frames, Math.ceil(spokenEndMs / frameMs)) - 1;
    if (last < first) return undefined;
    for (let i = last; i >= first; i -= 1) {
      const loudness = this.#loudness[i % framesMax]!;
      if (loudness > 0 && loudness >= this.#loudest * loudShare) return this.#sentMs[i % framesMax];
    }
    return this.#sentMs[last % framesMax];
  }
}
