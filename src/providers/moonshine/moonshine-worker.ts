import { rmsOf } from "../../audio/pcm.ts";
import { serveWorker } from "../../lib/worker-thread.ts";
import { sttSampleRate } from "../stt.ts";
import { cutAtPauses } from "./cut.ts";
import { loadMoonshine } from "./model.ts";

export interface MoonshineRequest {
  /** PCM s16, 16 kHz. */
  readonly samples: Int16Array<ArrayBuffer>;
  /** One shared word; the other side sets it to 1 when nobody wants the result any more. A message could not reach
   *  this thread while it computes. */
  readonly cancelled: Int32Array<SharedArrayBuffer>;
}

export interface MoonshineResponse {
  readonly text: string;
}

/** Pieces below this are digital silence, which the model reads as "You". −70 dB of full scale: far below any
 *  microphone's noise, so it replaces no voice-activity detection. */
const silenceRmsMax = 0.000_3;

await serveWorker<{ readonly dir: string }, MoonshineRequest, MoonshineResponse>(async ({ dir }) => {
  const model = await loadMoonshine(dir);
  await model.recognise(new Int16Array(sttSampleRate), () => false); // the first run allocates; no caller should wait for it
  return {
    async handle({ samples, cancelled }) {
      const isCancelled = (): boolean => Atomics.load(cancelled, 0) === 1;
      const texts: string[] = [];
      for (const piece of cutAtPauses(samples)) {
        if (rmsOf(piece) > silenceRmsMax) texts.push(await model.recognise(piece, isCancelled));
      }
      return { response: { text: texts.filter((text) => text !== "").join(" ") } };
    },
    close: () => model.close(),
  };
});
