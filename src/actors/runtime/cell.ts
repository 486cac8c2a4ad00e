import assert from "node:assert";
import type { Clock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import { type Child, Life, type LifeOwner, type Timer } from "./life.ts";
import { Mailbox } from "./mailbox.ts";
import type { NactHandler, NactNode, NactParent } from "./nact-host.ts";
import { RestartBudget, deferred, isPromise, within } from "./supervision.ts";
import type {
  ActorMethods,
  ActorRef,
  Behaviour,
  CrashReport,
  Delivery,
  SpawnOptions,
  StopReason,
} from "./types.ts";

/** Messages handled per turn of the event loop: shares nact's cost per wake-up among them, and bounds how long one
 *  busy actor keeps the others waiting. */
const batchMax = 32;
const stopMsMaxDefault = 5_000;

/** What all actors of a system share. */
export interface Environment {
  readonly clock: Clock;
  /** Never throws. */
  report(report: CrashReport): void;
  nextId(name: string): string;
}

export interface CellParent {
  readonly nodes: NactParent;
  childEnded(child: Child, reason: StopReason): void;
}

/** `starting` until `init` has returned, again after `restarting`. */
type Phase = "starting" | "running" | "restarting" | "stopping" | "stopped";

/** One actor: its mailbox, the serial run of its behaviour, and its supervision. */
export class ActorCell<M, S> implements ActorMethods<M>, LifeOwner<M>, CellParent, Child, NactHandler {
  readonly id: string;
  readonly name: string;
  readonly clock: Clock;
  private readonly end = deferred<StopReason>();
  readonly stopped = this.end.promise;
  readonly nodes: NactNode;
  private readonly environment: Environment;
  private readonly parent: CellParent;
  private readonly behaviour: Behaviour<M, S>;
  private readonly mailbox: Mailbox<M>;
  private readonly restarts: RestartBudget;
  private readonly stopMsMax: number;
  private phase: Phase = "starting";
  private woken = false;
  /** `init` or `handle` is running. */
  private busy = false;
  private onIdle: (() => void) | undefined;
  /** Why the actor stopped, if what was running outlasted its bound and was left behind. */
  private abandoned: StopReason | undefined;
  private life: Life<M>;
  private state: S | undefined;
  /** `state` is what `init` made or a handler returned; taken back by the clean-up, which therefore runs once. */
  private hasState = false;
  private retiring: Promise<void> | undefined;

  constructor(
    environment: Environment,
    parent: CellParent,
    name: string,
    behaviour: Behaviour<M, S>,
    options: SpawnOptions,
  ) {
    assert.match(name, /^[\w.-]+$/, "an actor's name is letters, digits, `_`, `.` and `-`");
    this.environment = environment;
    this.clock = environment.clock;
    this.parent = parent;
    this.behaviour = behaviour;
    this.mailbox = new Mailbox(options.normalMax, options.urgentMax);
    this.restarts = new RestartBudget(options.crash);
    this.stopMsMax = options.stopMsMax ?? stopMsMaxDefault;
    this.name = name;
    this.id = environment.nextId(name);
    this.life = new Life(this);
    this.nodes = parent.nodes.spawn(this.id, this);
    this.wake();
  }

  get ref(): ActorRef<M> {
    return this as ActorMethods<M> as ActorRef<M>;
  }

  tell(message: M): Delivery {
    if (this.isEnding()) return "stopped";
    if (!this.mailbox.push(message)) return "full";
    this.wake();
    return "queued";
  }

  offer(message: M, otherwise: "tell" | "urgent" = "tell"): Delivery {
    if (this.phase !== "running" || this.busy || this.mailbox.size > 0) return this[otherwise](message);
    // what becomes a promise is no turn of nact's: `busy` keeps the next one from beginning until it has settled
    this.run(message, batchMax)?.catch((error: unknown) => this.onFault(error));
    return "queued";
  }

  urgent(message: M): Delivery {
    if (this.isEnding()) return "stopped";
    if (!this.mailbox.pushUrgent(message)) return "full";
    this.wake();
    return "queued";
  }

  interrupt(reason: string): void {
    if (this.busy) this.life.interruptHandler(reason);
    else this.life.interrupt(reason);
  }

  depth(): number {
    return this.mailbox.size;
  }

  stop(): Promise<void> {
    return this.stopBecause({ type: "requested" });
  }

  async stopBecause(reason: StopReason): Promise<void> {
    this.beginStop(reason);
    await this.stopped;
  }

  /** @throws {ParleyError} `ERR_CLOSED` when this actor is ending; `ERR_BUSY` while it restarts */
  spawnChild<CM, CS>(name: string, behaviour: Behaviour<CM, CS>, options: SpawnOptions): ActorRef<CM> {
    if (this.isEnding()) throw new ParleyError("ERR_CLOSED", `${this.id} has ended; cannot spawn`);
    if (this.phase === "restarting") throw new ParleyError("ERR_BUSY", `${this.id} is restarting`);
    const child = new ActorCell(this.environment, this, name, behaviour, options);
    this.life.children.add(child);
    return child.ref;
  }

  childEnded(child: Child, reason: StopReason): void {
    this.life.children.delete(child);
    if (this.phase !== "running" && this.phase !== "starting") return;
    try {
      const message = this.behaviour.childStopped?.({ id: child.id, name: child.name }, reason);
      if (message === undefined) return;
      this.mailbox.pushOwn(message);
      this.wake();
    } catch (error) {
      this.report("childStopped", error, "ignored");
    }
  }

  timerFired(timer: Timer<M>): void {
    this.mailbox.pushOwn(timer);
    this.wake();
  }

  timerCleared(timer: Timer<M>): void {
    this.mailbox.remove(timer);
  }

  private isEnding(): boolean {
    return this.phase === "stopping" || this.phase === "stopped";
  }

  private wake(): void {
    if (this.woken) return;
    this.woken = true;
    this.nodes.wake();
  }

  /** For nact: one turn. */
  onWake(): Promise<void> | undefined {
    this.woken = false;
    if (this.phase === "starting") return this.start();
    return this.drain(batchMax);
  }

  /** For nact: it caught what the lines below should have. The actor's state cannot be trusted. */
  onFault(error: unknown): void {
    this.busy = false;
    this.report("runtime", error, "stop");
    this.beginStop(this.crashReason("runtime", error));
  }

  private start(): Promise<void> | undefined {
    let made: S | Promise<S>;
    this.busy = true;
    try {
      made = this.behaviour.init(this.life);
    } catch (error) {
      return this.failed("init", error, batchMax);
    }
    return isPromise(made) ? this.settle("init", made, batchMax) : this.succeeded("init", made, batchMax);
  }

  /** Handles what waits, at most `left` messages without leaving the event loop a turn. */
  private drain(left: number): Promise<void> | undefined {
    while (this.phase === "running" && !this.busy && this.mailbox.size > 0) {
      if (left-- === 0) {
        this.wake();
        return undefined;
      }
      const pending = this.run(this.mailbox.take(), left);
      if (pending !== undefined) return pending;
    }
    return undefined;
  }

  /** Handles one message. What it returns, if anything, goes on with those that wait. */
  private run(message: M, left: number): Promise<void> | undefined {
    let next: S | Promise<S>;
    this.busy = true;
    try {
      next = this.behaviour.handle(this.state as S, message, this.life);
    } catch (error) {
      return this.failed("handle", error, left);
    }
    if (isPromise(next)) return this.settle("handle", next, left);
    this.state = next;
    this.endCall();
    return undefined;
  }

  private async settle(during: "init" | "handle", pending: Promise<S>, left: number): Promise<void> {
    let state: S;
    try {
      state = await pending;
    } catch (error) {
      await this.failed(during, error, left);
      return;
    }
    await this.succeeded(during, state, left);
  }

  private succeeded(during: "init" | "handle", state: S, left: number): Promise<void> | undefined {
    if (this.abandoned !== undefined) {
      // The clean-up has run with the state before; a first state came too late for it and still needs its own.
      return during === "init" ? this.cleanUp(state, this.abandoned) : undefined;
    }
    this.state = state;
    this.hasState = true;
    this.endCall();
    if (this.phase === "starting") this.phase = "running";
    return this.drain(left);
  }

  private failed(during: "init" | "handle", error: unknown, left: number): Promise<void> | undefined {
    const interrupted = this.life.isInterruption(error);
    this.endCall();
    if (this.isEnding()) {
      if (!interrupted) this.report(during, error, "ignored");
      return undefined;
    }
    if (interrupted && during === "handle") return this.drain(left);
    const reason = this.crashReason(during, error);
    if (this.restarts.take(this.clock.monotonic())) {
      this.report(during, error, "restart");
      return this.restart(reason);
    }
    this.report(during, error, "stop");
    this.beginStop(reason);
    return undefined;
  }

  private endCall(): void {
    this.busy = false;
    this.life.handlerEnded();
    this.onIdle?.();
  }

  private async restart(reason: StopReason): Promise<void> {
    this.phase = "restarting";
    await this.retire(reason);
    if (this.phase !== "restarting") return; // stopped meanwhile, and that stop waits for the same retirement
    this.life = new Life(this);
    this.retiring = undefined;
    this.phase = "starting";
    this.wake();
  }

  private beginStop(reason: StopReason): void {
    if (this.isEnding()) return;
    this.phase = "stopping";
    this.mailbox.clear();
    void this.finishStop(reason);
  }

  private async finishStop(reason: StopReason): Promise<void> {
    await this.retire(reason);
    this.phase = "stopped";
    this.nodes.stop();
    this.parent.childEnded(this, reason);
    this.end.resolve(reason);
  }

  /** Ends this life: once, also when a stop overtakes a restart or an abort listener calls back in. Never rejects. */
  private retire(reason: StopReason): Promise<void> {
    if (this.retiring !== undefined) return this.retiring;
    const { promise, resolve } = deferred<void>();
    this.retiring = promise;
    void this.endLife(reason).then(resolve);
    return promise;
  }

  private async endLife(reason: StopReason): Promise<void> {
    this.life.end(`${this.id} ends`);
    const children = [...this.life.children].map((child) => child.stopBecause({ type: "parent" }));
    await Promise.all([...children, this.callEnded(reason)]);
    if (!this.hasState) return;
    const state = this.state as S;
    this.hasState = false;
    this.state = undefined;
    await this.cleanUp(state, reason);
  }

  /** Waits for the `init` or `handle` now running. */
  private callEnded(reason: StopReason): Promise<void> {
    if (!this.busy) return Promise.resolve();
    const ended = deferred<void>();
    this.onIdle = ended.resolve;
    return within(this.clock, this.stopMsMax, ended.promise, () => {
      this.abandoned = reason;
      this.reportOverrun();
    });
  }

  private async cleanUp(state: S, reason: StopReason): Promise<void> {
    try {
      const done = this.behaviour.stopping?.(state, reason);
      if (!isPromise(done)) return;
      const guarded = done.catch((error: unknown) => this.report("stopping", error, "ignored"));
      await within(this.clock, this.stopMsMax, guarded, () => this.reportOverrun());
    } catch (error) {
      this.report("stopping", error, "ignored");
    }
  }

  private reportOverrun(): void {
    const error = new ParleyError("ERR_TIMEOUT", `${this.id}: not ended after ${this.stopMsMax} ms`);
    this.report("overrun", error, "ignored");
  }

  private crashReason(during: CrashReport["during"], cause: unknown): StopReason {
    return {
      type: "crashed",
      error: new ParleyError("ERR_ACTOR_CRASHED", `${this.id} crashed in ${during}`, { cause }),
    };
  }

  private report(during: CrashReport["during"], error: unknown, outcome: CrashReport["outcome"]): void {
    this.environment.report({ actor: this.id, during, error, outcome });
  }
}
