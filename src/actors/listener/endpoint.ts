import { vadFrameSamples, vadSampleRate } from "../../providers/vad.ts";

/** All positions are samples at 16 kHz since the session's start. */
export type EndpointEvent =
  | { readonly type: "started"; readonly at: number }
  /** A pause: what was said up to `end` may be all. */
  | { readonly type: "paused"; readonly end: number }
  /** The silence lasted: the turn is over. `end`: as in the pause; `at`: with the silence. */
  | { readonly type: "ended"; readonly end: number; readonly at: number };

export interface EndpointSettings {
  /** 0–1 */
  readonly threshold: number;
  readonly silenceMs: number;
}

export interface EndpointState {
  /** Frames of speech in a row, while nobody is speaking yet. */
  readonly onset: number;
  readonly speaking: boolean;
  readonly paused: boolean;
  /** Where speech was last heard. */
  readonly lastSpeech: number;
}

export const quietEndpoint: EndpointState = { onset: 0, speaking: false, paused: false, lastSpeech: 0 };

const samplesPerMs = vadSampleRate / 1_000;
/** Frames above the threshold that make an onset: one alone is a click. */
const onsetFrames = 2;
/** Below the threshold by this much it is silence; in between, what it was before. */
const hysteresis = 0.15;
/** A gap this long may be the end; shorter ones are between words. */
const pauseMs = 160;
/** Kept behind the last speech, so that a final consonant is not cut off. Under `pauseMs`: it has been heard by then. */
const tailMs = 150;

/** Judges one frame.
 *  @param position of the frame's first sample
 *  @param probability that it is speech */
export function endpointFrame(
  state: EndpointState,
  position: number,
  probability: number,
  settings: EndpointSettings,
): { readonly state: EndpointState; readonly event?: EndpointEvent } {
  const frameEnd = position + vadFrameSamples;
  if (!state.speaking) {
    if (probability < settings.threshold)
      return { state: state.onset === 0 ? state : { ...state, onset: 0 } };
    const onset = state.onset + 1;
    if (onset < onsetFrames) return { state: { ...state, onset } };
    return {
      state: { onset: 0, speaking: true, paused: false, lastSpeech: frameEnd },
      event: { type: "started", at: frameEnd - onset * vadFrameSamples },
    };
  }
  if (probability >= Math.max(0.05, settings.threshold - hysteresis)) {
    return { state: { ...state, paused: false, lastSpeech: frameEnd } };
  }
  const silentMs = (frameEnd - state.lastSpeech) / samplesPerMs;
  const end = state.lastSpeech + tailMs * samplesPerMs;
  if (silentMs >= settings.silenceMs) {
    return { state: quietEndpoint, event: { type: "ended", end: Math.min(end, frameEnd), at: frameEnd } };
  }
  if (!state.paused && silentMs >= pauseMs) {
    return { state: { ...state, paused: true }, event: { type: "paused", end } };
  }
  return { state };
}
