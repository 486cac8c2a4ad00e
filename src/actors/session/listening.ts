import type { SessionId } from "../../lib/ids.ts";
import type { Input, ListenerDeps } from "../listener/deps.ts";
import { listenerLives } from "../listener/lives.ts";
import type { Listener } from "../listener/listener.ts";
import type { ListenerMessage } from "../listener/messages.ts";
import type { SpeechMessage } from "./messages.ts";
import type { Behaviour } from "../runtime/actor.ts";
import type { ItemAudio } from "./item-audio.ts";
import type { SessionJobs } from "./jobs.ts";

interface ListeningDeps extends Pick<ListenerDeps, "vad" | "turnEnd" | "clock" | "hearing"> {
  readonly jobs: SessionJobs;
  readonly audio: ItemAudio;
  readonly session: SessionId;
  readonly traceparent: string | undefined;
  /** Settings that the session starts with. */
  readonly input: Input;
  tell(message: SpeechMessage | { readonly type: "listener.lost" }): void;
}

/** The ears of a session. */
export function sessionListener(deps: ListeningDeps): Behaviour<ListenerMessage, Listener> {
  const { jobs, audio, traceparent } = deps;
  const itemPrefix = deps.session.slice("sess_".length);
  return listenerLives(
    {
      vad: deps.vad,
      turnEnd: deps.turnEnd,
      clock: deps.clock,
      hearing: deps.hearing,
      tellSession: (message) => deps.tell(message),
      recognize: (item, end, samples, input, refused) =>
        jobs.recognize(item, end, samples, input, traceparent, refused),
      keep: (item, pcm) => audio.keepWhole(item, pcm),
      release: (item) => jobs.stop(item, ["stt"]),
    },
    { input: deps.input, writtenMs: 0, cuts: 0, itemPrefix },
    // the session says it, once for each utterance that was being heard
    () => deps.tell({ type: "listener.lost" }),
  );
}
