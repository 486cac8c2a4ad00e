import type { Clock } from "../../lib/clock.ts";

export interface OpenAiTimeouts {
  /** From the request to the first chunk, ms. */
  readonly firstChunkMsMax: number;
  /** Between two chunks, ms, counted only while we wait for one. */
  readonly idleMsMax: number;
  /** From the request to the end of the answer, ms: bounds a server that trickles for ever. */
  readonly answerMsMax: number;
}

export const openAiTimeoutsDefault: OpenAiTimeouts = {
  firstChunkMsMax: 15_000,
  idleMsMax: 10_000,
  answerMsMax: 120_000,
};

/** One request's limits: `signal` fires when the caller gave up or a limit was reached; `isTimedOut` says which. */
export interface Limits {
  readonly signal: AbortSignal;
  readonly isTimedOut: boolean;
  /** Runs `wait` under a limit of its own. */
  within<T>(limitMs: number, wait: () => Promise<T>): Promise<T>;
  /** Ends every timer and listener. Idempotent. */
  dispose(): void;
}

export function createLimits(clock: Clock, caller: AbortSignal, answerMsMax: number): Limits {
  const controller = new AbortController();
  let timedOut = false;
  const onCallerAbort = (): void => controller.abort();
  const expire = (): void => {
    timedOut = !caller.aborted;
    controller.abort();
  };
  const stopWhole = clock.after(answerMsMax, expire);
  caller.addEventListener("abort", onCallerAbort, { once: true });
  if (caller.aborted) controller.abort();
  return {
    signal: controller.signal,
    get isTimedOut() {
      return timedOut;
    },
    within: async (limitMs, wait) => {
      const stop = clock.after(limitMs, expire);
      try {
        return await orAbort(wait(), controller.signal);
      } finally {
        stop();
      }
    },
    dispose: () => {
      stopWhole();
      caller.removeEventListener("abort", onCallerAbort);
    },
  };
}

/** Rejects as soon as the signal fires: a server that ignores the closed connection must not hold the caller. */
async function orAbort<T>(waiting: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(new Error("aborted"));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([waiting, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
