import type { Clock } from "../../lib/clock.ts";
import type { SpawnOptions } from "./types.ts";

/** Counts restarts against the policy's window. */
export class RestartBudget {
  private readonly times: number[] = [];
  private readonly policy: NonNullable<SpawnOptions["crash"]>;

  constructor(policy: SpawnOptions["crash"]) {
    this.policy = policy ?? { policy: "stop" };
  }

  /** Takes one restart out of the budget. @returns false: stop instead */
  take(now: number): boolean {
    if (this.policy.policy === "stop") return false;
    const from = now - this.policy.windowMs;
    while (this.times[0] !== undefined && this.times[0] <= from) this.times.shift();
    if (this.times.length >= this.policy.restartsMax) return false;
    this.times.push(now);
    return true;
  }
}

/** Resolves with `work`, or after `ms` at the latest, having called `overrun`.
 *  @param work must not reject */
export function within(clock: Clock, ms: number, work: Promise<void>, overrun: () => void): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, () => {
      overrun();
      resolve();
    });
    void work.then(() => {
      cancel();
      resolve();
    });
  });
}

/** A promise and what settles it (`Promise.withResolvers` is not in Node 20). */
export function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return (
    typeof value === "object" && value !== null && typeof (value as Partial<Promise<T>>).then === "function"
  );
}
