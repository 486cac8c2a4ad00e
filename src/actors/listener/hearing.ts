import { vadSampleRate } from "../../providers/vad.ts";

/** What was judged and is no speech is let go of, but for this and the padding: an onset found late still has all of it. */
export const quietMsKept = 1_000;

/** How far a session's listener has come. It writes this, and whoever sends it the audio reads it with each append: a
 *  message for each frame that is judged would cost more than it is worth to them. One for all lives of the listener. */
export class Hearing {
  /** Behind the last sample at 16 kHz since the session's start that waits for no judgement: whether it is speech is
   *  known, or nobody asks. */
  judged = 0;

  /** The same in ms. */
  get judgedMs(): number {
    return (this.judged * 1_000) / vadSampleRate;
  }
}
