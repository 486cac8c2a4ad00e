import type { ResponseEnd } from "../response/messages.ts";
import { unplayedMs } from "./playback.ts";
import { inBand } from "./state.ts";
import type { SessionState } from "./state.ts";
import { isFull, update } from "./work.ts";
import type { Work } from "./work.ts";

/** Less audio than this is no silence but a microphone that is switched off: the wait begins anew. */
const silenceMsMin = 100;

/** After so long without a word the server speaks by itself; null: never. */
export function idleTimeoutMs({ config, leaving }: SessionState): number | null {
  const detection = config.audio.input.turn_detection;
  return leaving || detection?.type !== "server_vad" ? null : detection.idle_timeout_ms;
}

/** An answer has ended: the user is waited for, if the client wants that. */
export function awaitUser(work: Work, { status, items }: ResponseEnd): void {
  const { state } = work;
  // there was nothing to hear and reply to; and where no answer succeeds, each wait would end in one more
  if (status === "failed" || (status === "incomplete" && items.length === 0)) return;
  const isBusy = state.speech !== undefined || state.owed !== undefined || inBand(state) !== undefined;
  // whoever has a tool to run answers for it, however long that takes
  const calls = state.conversation.at(-1)?.type === "function_call";
  if (idleTimeoutMs(state) === null || isBusy || calls) return;
  update(work, { idle: { phase: "playing" } });
  work.effects.push({ type: "wake", key: "idle", ms: unplayedMs(state.playback, work.at) });
}

/** Somebody does something: nobody is waited for any more. */
export function stopAwaiting(work: Work): void {
  if (work.state.idle === undefined) return;
  update(work, { idle: undefined });
  work.effects.push({ type: "wake", key: "idle", ms: undefined });
}

/** The time of a phase is over: the answer has been heard, or nobody has said anything since.
 *  @returns where in the input the silence is, ms, if it is one */
export function idleWoke(work: Work): { readonly fromMs: number; readonly toMs: number } | undefined {
  const { idle, input } = work.state;
  const ms = idleTimeoutMs(work.state);
  if (idle === undefined || ms === null) return undefined;
  if (idle.phase === "quiet" && input.writtenMs - idle.fromMs >= silenceMsMin && !isFull(work.state)) {
    update(work, { idle: undefined });
    return { fromMs: idle.fromMs, toMs: input.writtenMs };
  }
  update(work, { idle: { phase: "quiet", fromMs: input.writtenMs } });
  work.effects.push({ type: "wake", key: "idle", ms });
  return undefined;
}
