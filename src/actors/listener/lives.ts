import type { Behaviour } from "../runtime/actor.ts";
import { bytesPerMs } from "../session/format.ts";
import { listenerBehaviour } from "./listener-actor.ts";
import type { ListenerDeps, ListenerStart } from "./deps.ts";
import type { Listener } from "./listener.ts";
import type { ListenerMessage } from "./messages.ts";

/** A listener that may crash and begin again: where the life before was, with what that was handed, the message that ended
 *  it included. What still waits in the mailbox comes on top.
 *  @param first where the first life begins
 *  @param lost called when a life ended: what it was hearing is lost */
export function listenerLives(
  deps: ListenerDeps,
  first: ListenerStart,
  lost: () => void,
): Behaviour<ListenerMessage, Listener> {
  let lives = 0;
  let { input, writtenMs, cuts } = first;
  const behaviour = listenerBehaviour(deps, () => {
    const itemPrefix = lives === 1 ? first.itemPrefix : `${first.itemPrefix}_${lives}`;
    return { input, writtenMs, cuts, itemPrefix };
  });
  return {
    ...behaviour,
    init: (context) => {
      lives += 1;
      if (lives > 1) lost();
      return behaviour.init(context);
    },
    handle: (listener, message, context) => {
      if (message.type === "audio") writtenMs += message.bytes.length / bytesPerMs(input.format);
      else if (message.type === "configure") ({ input } = message);
      else if (message.type === "commit" || message.type === "clear") ({ cuts } = message);
      return behaviour.handle(listener, message, context);
    },
  };
}
