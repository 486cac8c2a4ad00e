import type { Clock } from "../../lib/clock.ts";
import type { ParleyError } from "../../lib/errors.ts";

declare const brand: unique symbol;

/** What became of a message. `full`: the lane is at its bound, the message was not taken; the sender decides what to
 *  drop. `stopped`: the actor is stopping or gone. `queued` is no promise that it will be handled: a stop drops what waits. */
export type Delivery = "queued" | "full" | "stopped";

export type StopReason =
  /** `stop()` was called on this actor. */
  | { readonly type: "requested" }
  /** Its parent stopped, crashed or restarted, or the system stopped. */
  | { readonly type: "parent" }
  /** `ERR_ACTOR_CRASHED`, with what was thrown as its cause. */
  | { readonly type: "crashed"; readonly error: ParleyError };

export interface ActorMethods<in M> {
  /** The name given at spawn, made unique: `name.17`. Names may be used again, ids never repeat within a system. */
  readonly id: string;
  readonly name: string;
  /** Queues a message behind the others of the normal lane. */
  readonly tell: (message: M) => Delivery;
  /** Queues a message that is handled before everything on the normal lane. Does not abort the handler now running. */
  readonly urgent: (message: M) => Delivery;
  /** Like `tell`, or `urgent`, but when the actor is idle the message is handled at once, inside this call: for messages
   *  so many and so small that a turn of the event loop for each is what they cost, or so pressing that they cannot wait
   *  for one. `queued` also says that it was handled. Never throws. */
  readonly offer: (message: M, otherwise?: "tell" | "urgent") => Delivery;
  /** Aborts the signal that the actor has handed out, with `ERR_ABORTED` as its reason. A handler now running keeps
   *  the aborted signal to its end; the next one gets a fresh one. A handler that fails because of it has not crashed. */
  readonly interrupt: (reason: string) => void;
  /** Messages waiting, both lanes. */
  readonly depth: () => number;
  /** Takes no more messages, drops those waiting, aborts the signal, stops the children, waits for the handler now
   *  running (at most `stopMsMax`), then runs the clean-up (at most `stopMsMax`). Resolves when the whole tree is gone;
   *  never rejects; idempotent. Not to be awaited by the actor's own handler: that one is waited for. */
  readonly stop: () => Promise<void>;
  /** Settles once, when the tree is gone; never rejects. */
  readonly stopped: Promise<StopReason>;
}

/** A reference to an actor that takes messages `M`. Branded: only `spawn` makes one. */
export type ActorRef<M> = ActorMethods<M> & { readonly [brand]: "ActorRef" };

/** What init, handlers and clean-up can use. Belongs to one life of the actor: after a restart, work left over from
 *  the life before finds its signal aborted, its timers ignored and `spawn` refused. */
export interface ActorContext<M> {
  readonly self: ActorRef<M>;
  /** Fires when the actor stops, restarts or is interrupted. Listeners must not throw: Node makes that an uncaught exception. */
  readonly signal: AbortSignal;
  /** For the actor itself: aborts what it handed out; `signal` is fresh from here on, in this handler too. */
  interrupt(reason: string): void;
  /** Delivers `message` on the urgent lane after `ms`, past its bound (there is one per key at most). Setting a key
   *  again replaces it; once replaced or cleared the old message is never handled, even if it had been queued. */
  timer(key: string, ms: number, message: M): void;
  clear(key: string): void;
  /** Spawns a child, which ends with this life of the actor.
   *  @throws {ParleyError} `ERR_CLOSED` when this life is over */
  spawn<CM, CS>(name: string, behaviour: Behaviour<CM, CS>, options: SpawnOptions): ActorRef<CM>;
}

/** What an actor does. Calls never overlap, also when asynchronous; a throw or a rejection is a crash. */
export interface Behaviour<M, S> {
  /** Makes the state; runs at the start and at each restart, never inside `spawn`. */
  init(context: ActorContext<M>): S | Promise<S>;
  /** @returns the next state */
  handle(state: S, message: M, context: ActorContext<M>): S | Promise<S>;
  /** Clean-up: runs once for each state that `init` made, after the children are gone, also before a restart. */
  stopping?(state: S, reason: StopReason): void | Promise<void>;
  /** The message by which this actor wants to hear that a child has ended by itself (not by this actor's own end). It
   *  goes on the urgent lane, past its bound: each child ends once. Must not throw. */
  childStopped?(child: ChildIdentity, reason: StopReason): M | undefined;
}

export interface ChildIdentity {
  readonly id: string;
  readonly name: string;
}

export interface SpawnOptions {
  /** Messages that may wait on the normal lane. */
  readonly normalMax: number;
  /** Messages that may wait on the urgent lane; 64 unless given. Timers and news of children count, but always fit. */
  readonly urgentMax?: number;
  /** `stop` unless given. Restart: children stop, clean-up runs, `init` runs again, messages waiting are kept, the one
   *  that crashed is not handled again; a crash after `restartsMax` restarts within `windowMs` stops the actor. */
  readonly crash?:
    | { readonly policy: "stop" }
    | { readonly policy: "restart"; readonly restartsMax: number; readonly windowMs: number };
  /** Bounds the wait for the running handler at a stop, and again the clean-up; 5,000 unless given. What overruns it is
   *  reported and left behind. */
  readonly stopMsMax?: number;
}

export interface CrashReport {
  readonly actor: string;
  /** `overrun`: a handler or a clean-up outlasted `stopMsMax`. */
  readonly during: "init" | "handle" | "stopping" | "childStopped" | "overrun" | "runtime";
  readonly error: unknown;
  /** `ignored`: the actor was ending anyway, or goes on. */
  readonly outcome: "restart" | "stop" | "ignored";
}

export interface ActorSystemOptions {
  readonly clock?: Clock;
  /** Called for every fault of every actor. What it throws is dropped: there is nobody left to tell. */
  readonly onCrash?: (report: CrashReport) => void;
}
