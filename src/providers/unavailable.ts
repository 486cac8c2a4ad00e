import { ParleyError } from "../lib/errors.ts";
import type { SttProvider } from "./stt.ts";
import type { TurnEndEngine } from "./turn-end.ts";
import type { VadEngine } from "./vad.ts";

const noModels = (): Promise<never> =>
  Promise.reject(new ParleyError("ERR_MODELS", "the speech models are not on this machine"));

/** In place of a recogniser whose model could not be had: every utterance fails, and says why. */
export const noStt: SttProvider = { name: "none", transcribe: noModels, close: () => Promise.resolve() };

/** In place of a detector whose model could not be had. Push to talk does not need one. */
export const noVad: VadEngine = {
  name: "none",
  open: () => ({ judge: noModels, reset: () => {}, close: () => {} }),
  close: () => Promise.resolve(),
};

/** In place of an end-of-turn model that could not be had: silence decides alone. */
export const noTurnEnd: TurnEndEngine = { name: "none", judge: noModels, close: () => Promise.resolve() };
