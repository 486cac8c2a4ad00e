import { isDeepStrictEqual } from "node:util";
import type { OnsetGuard } from "../listener/provisional.ts";
import { unplayedMs } from "./playback.ts";
import { inBand } from "./state.ts";
import type { SessionState } from "./state.ts";
import { update } from "./work.ts";
import type { Work } from "./work.ts";

/** Tells the listener, when that has changed, whether an answer is being given, and what may interrupt it. Called after
 *  each message: whatever changed it, nobody has to remember to say so. The listener may hear of it late by as long as
 *  its mailbox is: it then announces speech a little later than it could, or as if there were no such setting. */
export function tellListener(work: Work): void {
  const { guard: told, config } = work.state;
  if (told === undefined && config.interruption === undefined) return;
  const guard = guardNow(work.state, work.at);
  if (!isDeepStrictEqual(guard, told)) {
    update(work, { guard });
    work.effects.push({ type: "listen", message: { type: "answering", guard } });
  }
  // an answer that is done is over when it has been played
  const isPlaying = guard !== undefined && inBand(work.state) === undefined;
  const playedAt = isPlaying ? work.state.playback?.endsAt : undefined;
  if (playedAt === work.state.playedAt) return;
  update(work, { playedAt });
  const ms = playedAt === undefined ? undefined : Math.ceil(playedAt - work.at);
  work.effects.push({ type: "wake", key: "played", ms });
}

function guardNow(state: SessionState, at: number): OnsetGuard | undefined {
  const { interruption } = state.config;
  if (interruption === undefined) return undefined;
  const { min_speech_ms: minSpeechMs, backchannels } = interruption;
  const ignoresBackchannels = backchannels === "ignore";
  if (minSpeechMs === 0 && !ignoresBackchannels) return undefined;
  const response = inBand(state);
  const isGiven =
    response === undefined ? unplayedMs(state.playback, at) > 0 : response.cancelling === undefined;
  return isGiven ? { minSpeechMs, ignoresBackchannels } : undefined;
}
