import { vadFrameSamples } from "../vad.ts";

/** Samples that the model sees of a stream's past, before the new frame. */
export const contextSamples = 64;
/** Samples of one stream in one call of the model. */
export const inputSamples = contextSamples + vadFrameSamples;
/** Values of one layer of a stream's recurrent state; there are two layers. */
export const stateSize = 128;
