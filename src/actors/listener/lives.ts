import type { Behaviour } from "../runtime/actor.ts";
import { listenerBehaviour } from "./listener-actor.ts";
import type { ListenerDeps, ListenerStart } from "./deps.ts";
import type { ListenerMessage } from "./messages.ts";

/** A listener that may crash and begin again.
 *  @param start where its life of this number begins, from 1
 *  @param lost called when a life ended: what it was hearing is lost */
export function listenerLives(
  deps: ListenerDeps,
  start: (life: number) => ListenerStart,
  lost: () => void,
): Behaviour<ListenerMessage, unknown> {
  let lives = 0;
  const behaviour = listenerBehaviour(deps, () => start(lives));
  return {
    ...behaviour,
    init: (context) => {
      lives += 1;
      if (lives > 1) lost();
      return behaviour.init(context);
    },
  };
}
