import assert from "node:assert";
import type { Clock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import type { ActorContext, ActorRef, Behaviour, ChildIdentity, SpawnOptions, StopReason } from "./types.ts";

/** Keys of timers that one actor may have set at a time. */
export const timersMax = 1_024;

/** A timer that has been set. Once fired it waits on the urgent lane in place of its message, so that clearing it
 *  still works. */
export class Timer<M> {
  cancel: () => void = () => {};
  /** Its message is about to be handled. */
  readonly taken: () => M;

  constructor(taken: () => M) {
    this.taken = taken;
  }
}

export interface Child extends ChildIdentity {
  stopBecause(reason: StopReason): Promise<void>;
}

/** What a life needs of its actor. */
export interface LifeOwner<M> {
  readonly ref: ActorRef<M>;
  readonly clock: Clock;
  spawnChild<CM, CS>(name: string, behaviour: Behaviour<CM, CS>, options: SpawnOptions): ActorRef<CM>;
  timerFired(timer: Timer<M>): void;
  timerCleared(timer: Timer<M>): void;
}

/** What an actor holds from an `init` to the clean-up after it: its signal, timers and children. */
export class Life<M> implements ActorContext<M> {
  readonly children = new Set<Child>();
  private readonly owner: LifeOwner<M>;
  private readonly timers = new Map<string, Timer<M>>();
  // Made when first asked for: most handlers never do, and one costs as much as handling a message.
  private controller: AbortController | undefined;
  private over = false;

  constructor(owner: LifeOwner<M>) {
    this.owner = owner;
  }

  get self(): ActorRef<M> {
    return this.owner.ref;
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.over) this.controller.abort(aborted("the actor has ended"));
    }
    return this.controller.signal;
  }

  interrupt(reason: string): void {
    if (this.over) return;
    const { controller } = this;
    this.controller = undefined;
    controller?.abort(aborted(reason));
  }

  timer(key: string, ms: number, message: M): void {
    if (this.over) return;
    this.clear(key);
    assert(this.timers.size < timersMax, "too many timers");
    const timer = new Timer(() => {
      this.timers.delete(key);
      return message;
    });
    this.timers.set(key, timer);
    timer.cancel = this.owner.clock.after(ms, () => this.owner.timerFired(timer));
  }

  clear(key: string): void {
    const timer = this.timers.get(key);
    if (timer === undefined) return;
    this.timers.delete(key);
    timer.cancel();
    this.owner.timerCleared(timer);
  }

  spawn<CM, CS>(name: string, behaviour: Behaviour<CM, CS>, options: SpawnOptions): ActorRef<CM> {
    if (this.over)
      throw new ParleyError("ERR_CLOSED", `${this.self.id} has ended or restarted; cannot spawn`);
    return this.owner.spawnChild(name, behaviour, options);
  }

  /** Interrupts from outside while a handler runs: it keeps its aborted signal, also if it has not asked for it yet. */
  interruptHandler(reason: string): void {
    if (this.over) return;
    this.controller ??= new AbortController();
    this.controller.abort(aborted(reason));
  }

  /** The handler has ended; the next one must not inherit an aborted signal. */
  handlerEnded(): void {
    if (this.controller?.signal.aborted === true && !this.over) this.controller = undefined;
  }

  /** Whether `error` is what a handler throws because its signal was aborted. */
  isInterruption(error: unknown): boolean {
    if (this.controller?.signal.aborted !== true) return false;
    if (error === this.controller.signal.reason) return true;
    return error instanceof Error && (error.name === "AbortError" || isAborted(error));
  }

  /** Aborts and clears, at once. Children are the actor's to stop. Idempotent. */
  end(reason: string): void {
    if (this.over) return;
    this.over = true;
    for (const key of this.timers.keys()) this.clear(key);
    this.controller?.abort(aborted(reason));
  }
}

const aborted = (reason: string) => new ParleyError("ERR_ABORTED", reason);
const isAborted = (error: unknown) => error instanceof ParleyError && error.code === "ERR_ABORTED";
