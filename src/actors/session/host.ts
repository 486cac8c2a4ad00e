import { newSessionId } from "../../lib/ids.ts";
import { readUsualAppendEvent } from "../../protocol/client-events.ts";
import { sessionLogger } from "../../telemetry/logs.ts";
import { spawn } from "../runtime/actor.ts";
import type { ActorRef, ActorSystem } from "../runtime/actor.ts";
import type { ClientSocket, OpenRequest, SessionHandle, SessionHost } from "./connection.ts";
import { sessionMailbox } from "./session-input.ts";
import type { SessionDeps, SessionInput } from "./session-input.ts";
import { sessionBehaviour } from "./session-actor.ts";

export interface Sessions extends SessionHost {
  readonly count: number;
  /** Takes no new sessions, and ends those that are open: each when its turn in progress has ended, and all after
   *  `drainMsMax`. Idempotent. */
  stop(): Promise<void>;
}

/** How long turns in progress may go on when the server leaves, ms. */
const drainMsMax = 10_000;

/** Opens each session as an actor of its own.
 *  @param sessionsMax open at once */
export function createSessions(system: ActorSystem, deps: SessionDeps, sessionsMax: number): Sessions {
  const open = new Set<ActorRef<SessionInput>>();
  let leaving = false;
  return {
    get count() {
      return open.size;
    },
    admit: () => (leaving || open.size >= sessionsMax ? "full" : "ok"),
    open(request: OpenRequest, socket: ClientSocket): SessionHandle {
      const id = newSessionId();
      const logger = sessionLogger(deps.logger, id);
      const ref = spawn(
        system,
        "session",
        sessionBehaviour(id, request, socket, { ...deps, logger }),
        sessionMailbox,
      );
      open.add(ref);
      void ref.stopped.then((reason) => {
        open.delete(ref);
        if (reason.type !== "crashed") return;
        logger.error({ code: reason.error.code }, "session crashed");
        deps.metrics.errorsTotal.inc({ code: reason.error.code });
        socket.close(1011, "the session failed");
      });
      return {
        id,
        receive(frame) {
          const parsed = readUsualAppendEvent(frame);
          const input: SessionInput =
            parsed === undefined ? { type: "frame", frame: frame.toString() } : { type: "audio", parsed };
          if (ref.offer(input) === "full") socket.close(1013, "more is sent than the session can take");
        },
        drained: () => void ref.urgent({ type: "drained" }),
        closed: () => void ref.urgent({ type: "gone" }),
      };
    },
    async stop() {
      leaving = true;
      const ended = Promise.all([...open].map((ref) => ref.stopped));
      for (const ref of open) ref.urgent({ type: "drain" });
      let overdue = (): void => {};
      const late = new Promise<void>((resolve) => {
        overdue = deps.clock.after(drainMsMax, resolve);
      });
      await Promise.race([ended, late]);
      overdue();
      // what is left is cut off as if its client had gone, so that it still hears the end
      for (const ref of open) ref.urgent({ type: "gone" });
      await ended;
    },
  };
}
