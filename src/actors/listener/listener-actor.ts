import type { ActorContext, Behaviour } from "../runtime/actor.ts";
import { Listener } from "./listener.ts";
import type { ListenerDeps, ListenerStart } from "./deps.ts";
import type { ListenerMessage } from "./messages.ts";

type Context = ActorContext<ListenerMessage>;

/** Audio that is taken in one go, bytes: about 20 ms of work. A longer append is taken piece by piece, so that the other
 *  sessions have their turns in between. */
const appendBytesMax = 96_000;
type Handlers = {
  readonly [T in ListenerMessage["type"]]: (
    listener: Listener,
    message: Extract<ListenerMessage, { type: T }>,
    context: Context,
  ) => void;
};

const handlers: Handlers = {
  audio: (listener, { bytes }, context) => listener.takeAudio(bytes, context),
  commit: (listener, { item, cuts }, context) => listener.commitManually(item, cuts, context),
  clear: (listener, { cuts }, context) => listener.clear(cuts, context),
  recognize: (listener, { item, bytes }, context) => listener.recognizeWhole(item, bytes, context),
  configure: (listener, { input }, context) => listener.configure(input, context),
  answering: (listener, { guard }, context) => listener.onset.setGuard(guard, context),
  out: (listener, { out }, context) => listener.takeResult(out, context),
  ask: (listener, { ask, reply }) => reply(listener.transcripts.answer(ask)),
  judged: (listener, message, context) => listener.takeJudged(message, context),
  "vad.failed": (listener, { generation }) => listener.skipJudging(generation),
  "turn.judged": (listener, { pause, probability }, context) =>
    listener.takeTurnEnd(pause, probability, context),
  "turn.overdue": (listener, _, context) => listener.waitNoLonger(context),
  "job.refused": (listener, { item, end, code }, context) => listener.takeRefusal(item, end, code, context),
  timeout: (listener, { item }, context) => listener.transcripts.giveUp(item, context),
  "verdict.overdue": (listener, _, context) => listener.onset.overdue(context),
  muted: (listener, _, context) => listener.endMutedTurn(context),
};

/** The listener as an actor; a crash costs the turn in progress, not the session. */
export function listenerBehaviour(
  deps: ListenerDeps,
  start: () => ListenerStart,
): Behaviour<ListenerMessage, Listener> {
  return {
    init: ({ self }) =>
      new Listener(
        deps,
        start(),
        (item, end, code) => void self.urgent({ type: "job.refused", item, end, code }),
      ),
    handle: (listener, message, context) => {
      if (message.type === "audio" && message.bytes.length > appendBytesMax) {
        return takeByPieces(listener, message.bytes, context);
      }
      const handle = handlers[message.type] as (
        listener: Listener,
        message: ListenerMessage,
        context: Context,
      ) => void;
      handle(listener, message, context);
      return listener;
    },
    stopping: (listener) => listener.close(),
  };
}

async function takeByPieces(listener: Listener, bytes: Uint8Array, context: Context): Promise<Listener> {
  for (let at = 0; at < bytes.length && !context.signal.aborted; at += appendBytesMax) {
    listener.takeAudio(bytes.subarray(at, at + appendBytesMax), context);
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
  return listener;
}
