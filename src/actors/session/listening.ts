import type { SessionId } from "../../lib/ids.ts";
import type { ListenerDeps, ListenerStart } from "../listener/deps.ts";
import { listenerLives } from "../listener/lives.ts";
import type { ListenerMessage } from "../listener/messages.ts";
import type { SpeechMessage } from "./messages.ts";
import type { Behaviour } from "../runtime/actor.ts";
import type { ItemAudio } from "./item-audio.ts";
import type { SessionJobs } from "./jobs.ts";
import type { SessionState } from "./state.ts";
import type { WrittenAudio } from "./written-audio.ts";

interface ListeningDeps extends Pick<ListenerDeps, "vad" | "turnEnd" | "clock"> {
  readonly jobs: SessionJobs;
  readonly audio: ItemAudio;
  readonly session: SessionId;
  readonly traceparent: string | undefined;
  tell(message: SpeechMessage | { readonly type: "listener.lost" }): void;
  now(): ReturnType<typeof inputNow>;
}

/** Settings and position of the input as they are now. */
export const inputNow = (state: SessionState, written: WrittenAudio): Omit<ListenerStart, "itemPrefix"> => ({
  input: state.config.audio.input,
  writtenMs: written.total(state),
  cuts: state.cuts,
});

/** The ears of a session. */
export function sessionListener(deps: ListeningDeps): Behaviour<ListenerMessage, unknown> {
  const { jobs, audio, traceparent } = deps;
  const itemPrefix = deps.session.slice("sess_".length);
  // the first life gets all of the input in its mailbox, also what was sent before it began
  const first = { ...deps.now(), itemPrefix };
  return listenerLives(
    {
      vad: deps.vad,
      turnEnd: deps.turnEnd,
      clock: deps.clock,
      tellSession: (message) => deps.tell(message),
      recognize: (item, end, samples, input, refused) =>
        jobs.recognize(item, end, samples, input, traceparent, refused),
      keep: (item, pcm) => audio.keepWhole(item, pcm),
      release: (item) => jobs.stop(item, ["stt"]),
    },
    (life) => (life === 1 ? first : { ...deps.now(), itemPrefix: `${itemPrefix}_${life}` }),
    // the session says it, once for each utterance that was being heard
    () => deps.tell({ type: "listener.lost" }),
  );
}
