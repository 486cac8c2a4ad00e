import type { SessionId } from "../../lib/ids.ts";
import type { Behaviour } from "../runtime/actor.ts";
import type { ClientSocket, OpenRequest } from "./connection.ts";
import type { SessionDeps, SessionInput } from "./session-input.ts";
import { Session } from "./session.ts";

/** A session as an actor. It is cleaned up the same way whether it was closed or crashed. */
export function sessionBehaviour(
  id: SessionId,
  request: OpenRequest,
  socket: ClientSocket,
  deps: SessionDeps,
): Behaviour<SessionInput, Session> {
  let session: Session | undefined;
  return {
    init: async (context) => {
      session = new Session(id, request, socket, deps, context);
      await session.open();
      return session;
    },
    handle: (state, input) => {
      state.handle(input);
      return state;
    },
    stopping: (state) => state.close(),
    childStopped: (child) => session?.childEnded(child),
  };
}
