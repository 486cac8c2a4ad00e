import { saysNothing } from "./backchannels.ts";

/** What speech has to be while an answer is given, to count. */
export interface OnsetGuard {
  /** Shorter speech is noise. */
  readonly minSpeechMs: number;
  /** Words that only say that somebody listens are noise, too. */
  readonly ignoresBackchannels: boolean;
}

/** Speech that began while an answer was given, and of which nobody has been told. */
export interface Provisional {
  readonly guard: OnsetGuard;
  /** Of speech, without the gaps in it. */
  readonly speechMs: number;
  /** A pause, since nothing but silence was heard: up to where what was said is being recognised, and what that is.
   *  `said` is undefined while that is not known; its text, when it will not be. */
  readonly pause:
    { readonly end: number; readonly said: { readonly text: string | undefined } | undefined } | undefined;
  /** The silence has lasted: where the turn would end. */
  readonly ended: { readonly end: number; readonly at: number } | undefined;
}

/** Longer speech is no backchannel, whatever is said: it interrupts without waiting for its words. */
const backchannelMsMax = 1_000;

export const newProvisional = (guard: OnsetGuard, speechMs: number): Provisional => ({
  guard,
  speechMs,
  pause: undefined,
  ended: undefined,
});

/** Speech goes on: also behind an end that was not judged yet. */
export const heardMore = (provisional: Provisional, ms: number): Provisional => ({
  ...provisional,
  speechMs: provisional.speechMs + ms,
  pause: undefined,
  ended: undefined,
});

export const paused = (provisional: Provisional, end: number): Provisional =>
  provisional.pause?.end === end ? provisional : { ...provisional, pause: { end, said: undefined } };

export const endedAt = (provisional: Provisional, end: number, at: number): Provisional => ({
  ...paused(provisional, end),
  ended: { end, at },
});

/** What was said up to `end`; of no interest if speech has gone on since. */
export const withWords = (provisional: Provisional, end: number, text: string | undefined): Provisional =>
  provisional.pause?.end === end ? { ...provisional, pause: { end, said: { text } } } : provisional;

/** What becomes of the speech: it counts, it is as if it had never been, or that is not known yet.
 *  @param isGuarded an answer is still given; without one there is nothing to protect from speech in progress, but what
 *   is known to say nothing may be all of it */
export function verdictOn(
  { guard, speechMs, pause, ended }: Provisional,
  isGuarded: boolean,
): "turn" | "noise" | undefined {
  // what could not be recognised may have been anything
  const saidNothing = pause?.said?.text !== undefined && saysNothing(pause.said.text);
  if (!isGuarded && ended === undefined) return guard.ignoresBackchannels && saidNothing ? undefined : "turn";
  if (speechMs < guard.minSpeechMs) return ended === undefined ? undefined : "noise";
  if (!guard.ignoresBackchannels || speechMs >= backchannelMsMax) return "turn";
  if (pause?.said === undefined) return undefined;
  if (!saidNothing) return "turn";
  return ended === undefined ? undefined : "noise";
}
