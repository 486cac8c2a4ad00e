/** Typed, bounded, supervised actors on nact, whose only importer is `nact-host.ts`.
 *
 *  nact supplies the tree of actors and the turns: one call of an actor at a time, one `setImmediate` per wake-up. What it
 *  lacks is added here: a mailbox of two bounded lanes (nact's has no bound) drained in batches, typed references,
 *  timers, abort signals, stops that take the whole tree along, and restarts. nact's own supervision, `afterStop` and
 *  queries are not used; `nact-traps.test.ts` shows for each why.
 *
 *  | guarantee | |
 *  |---|---|
 *  | order | messages of one sender on one lane are handled in the order sent; urgent ones before all normal ones |
 *  | serial | `init`, `handle` and clean-up of one actor never overlap, also when asynchronous; the one exception is a call that outlasts `stopMsMax` at a stop and is left behind |
 *  | at most once | a message is handled once or, when the actor stops or crashes on it, not again |
 *  | stop | children end before their parent's clean-up, leaves first; each state made by `init` is cleaned up once |
 *  | faults | whatever a behaviour throws reaches `onCrash`; nothing becomes an unhandled rejection |
 *  | children | an actor's cost per message does not depend on how many children it has, so sessions need no shards |
 *
 *  No state is shared between actors by the runtime; messages are passed as they are, so senders must not change them
 *  afterwards. Equal inputs on an equal clock give equal runs. */
import { type Clock, systemClock } from "../../lib/clock.ts";
import { ParleyError, errorCode } from "../../lib/errors.ts";
import { ActorCell, type CellParent, type Environment } from "./cell.ts";
import type { Child } from "./life.ts";
import { NactSystem } from "./nact-host.ts";
import type { ActorRef, ActorSystemOptions, Behaviour, CrashReport, SpawnOptions } from "./types.ts";

export type {
  ActorContext,
  ActorRef,
  ActorSystemOptions,
  Behaviour,
  ChildIdentity,
  CrashReport,
  Delivery,
  SpawnOptions,
} from "./types.ts";
export { timersMax } from "./life.ts";

export class ActorSystem implements CellParent {
  readonly nodes = new NactSystem();
  private readonly environment: Environment;
  private readonly children = new Set<Child>();
  private spawned = 0;
  private stopping: Promise<void> | undefined;

  constructor(clock: Clock, onCrash: (report: CrashReport) => void) {
    this.environment = {
      clock,
      report: (report) => guarded(onCrash, report),
      nextId: (name) => `${name}.${this.spawned++}`,
    };
  }

  /** Stops every actor, leaves first, and then takes no new ones. Idempotent; never rejects. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  /** Use `spawn`. */
  spawnChild<M, S>(name: string, behaviour: Behaviour<M, S>, options: SpawnOptions): ActorRef<M> {
    if (this.stopping !== undefined) throw new ParleyError("ERR_CLOSED", "the actor system has stopped");
    const child = new ActorCell(this.environment, this, name, behaviour, options);
    this.children.add(child);
    return child.ref;
  }

  childEnded(child: Child): void {
    this.children.delete(child);
  }

  private async stopAll(): Promise<void> {
    await Promise.resolve(); // so that `stopping` is set before anything below can call back in
    await Promise.all([...this.children].map((child) => child.stopBecause({ type: "parent" })));
    this.nodes.stop();
  }
}

export function createActorSystem(options: ActorSystemOptions = {}): ActorSystem {
  return new ActorSystem(options.clock ?? systemClock, options.onCrash ?? warn);
}

/** Spawns an actor at the top of the system or under another actor. Its `init` runs later, never inside this call;
 *  messages sent at once wait for it.
 *  @throws {ParleyError} `ERR_CLOSED` when the parent has ended; `ERR_BUSY` while it restarts */
export function spawn<M, S>(
  parent: ActorSystem | ActorRef<never>,
  name: string,
  behaviour: Behaviour<M, S>,
  options: SpawnOptions,
): ActorRef<M> {
  // A reference is its cell: only `spawnChild` makes them, which the brand holds callers to.
  const spawner = parent instanceof ActorSystem ? parent : (parent as unknown as ActorCell<never, unknown>);
  return spawner.spawnChild(name, behaviour, options);
}

/** Without `onCrash`, faults are at least seen. The code only: a message of others may hold what was said. */
function warn(report: CrashReport): void {
  const { actor, during, outcome, error } = report;
  process.emitWarning(`actor ${actor} failed in ${during} (${errorCode(error)}): ${outcome}`, "ActorCrash");
}

function guarded(onCrash: (report: CrashReport) => unknown, report: CrashReport): void {
  try {
    const result = onCrash(report);
    if (result instanceof Promise) result.catch(() => {}); // an async function passes for one that returns void
  } catch {
    // Told to nobody, as `ActorSystemOptions.onCrash` says.
  }
}
