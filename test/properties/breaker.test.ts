import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Clock } from "../../src/lib/clock.ts";
import { ParleyError, type ErrorCode } from "../../src/lib/errors.ts";
import { createBreaker, type Breaker } from "../../src/providers/breaker.ts";

/** The law's own numbers, written out: a change of the constants in the code must fail here. */
const failuresToOpen = 5;
const openMs = 30_000;
const trialMs = 60_000;

class VirtualClock implements Clock {
  ms = 0;
  now(): number {
    return this.ms;
  }
  monotonic(): number {
    return this.ms;
  }
  after(): () => void {
    throw new Error("the breaker sets no timers");
  }
}

type End = "success" | "failure" | "neutral";
type Way = "run" | "stream";
type Happening =
  | { readonly type: "call"; readonly id: number; readonly at: number; readonly admitted: boolean }
  | { readonly type: "end"; readonly id: number; readonly at: number; readonly end: End };

type Step =
  | { readonly type: "call"; readonly way: Way }
  | {
      readonly type: "end";
      readonly which: number;
      readonly end: End;
      readonly code: ErrorCode;
      readonly leave: boolean;
    }
  | { readonly type: "wait"; readonly ms: number };

const neutralCode = fc.constantFrom<ErrorCode>("ERR_ABORTED", "ERR_PROVIDER_REJECTED", "ERR_BAD_INPUT");
const failureCode = fc.constantFrom<ErrorCode>(
  "ERR_PROVIDER",
  "ERR_PROVIDER_TIMEOUT",
  "ERR_BUSY",
  "ERR_MODELS",
);

const step = (): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        type: fc.constant("call" as const),
        way: fc.constantFrom<Way>("run", "stream"),
      }),
    },
    {
      weight: 6,
      arbitrary: fc
        .record({
          which: fc.nat({ max: 9 }),
          end: fc.constantFrom<End>(
            "failure",
            "failure",
            "failure",
            "failure",
            "failure",
            "success",
            "neutral",
          ),
          failure: failureCode,
          neutral: neutralCode,
          leave: fc.boolean(),
        })
        .map(({ which, end, failure, neutral, leave }) => ({
          type: "end" as const,
          which,
          end,
          code: end === "neutral" ? neutral : failure,
          leave,
        })),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant("wait" as const),
        ms: fc.constantFrom(1, 10_000, openMs - 1, openMs, trialMs - 1, trialMs),
      }),
    },
  );

/** A call held open from outside: it ends when, and as, the history says. */
interface Held {
  readonly id: number;
  finish(end: End, code: ErrorCode, leave: boolean): Promise<void>;
}

async function begin(breaker: Breaker, way: Way, id: number): Promise<Held | "refused"> {
  let settle: (error?: ParleyError) => void = () => undefined;
  const held = new Promise<void>((resolve, reject) => {
    settle = (error) => (error === undefined ? resolve() : reject(error));
  });
  held.catch(() => undefined);
  let begun = false;
  if (way === "run") {
    const running = breaker
      .run(() => {
        begun = true;
        return held;
      })
      .catch((error: unknown) => error);
    if (!begun) return refusal(await running);
    const finish = async (end: End, code: ErrorCode): Promise<void> => {
      settle(end === "success" ? undefined : new ParleyError(code, "as told"));
      await running;
    };
    return { id, finish };
  }
  const source = async function* (): AsyncGenerator<number> {
    begun = true;
    yield 1;
    await held;
  };
  const iterator = breaker.stream(source)[Symbol.asyncIterator]();
  const first = await iterator.next().catch((error: unknown) => error);
  if (!begun) return refusal(first);
  const finish = async (end: End, code: ErrorCode, leave: boolean): Promise<void> => {
    if (end === "neutral" && leave) {
      await iterator.return?.();
      return;
    }
    settle(end === "success" ? undefined : new ParleyError(code, "as told"));
    await iterator.next().catch(() => undefined);
  };
  return { id, finish };
}

function refusal(error: unknown): "refused" {
  expect(error).toMatchObject({ code: "ERR_CIRCUIT_OPEN" });
  return "refused";
}

/** Plays the steps against the real breaker, and writes down only what could be seen from outside. */
async function play(steps: readonly Step[]): Promise<readonly Happening[]> {
  const clock = new VirtualClock();
  const breaker = createBreaker({ name: "p", clock });
  const history: Happening[] = [];
  const open: Held[] = [];
  let calls = 0;
  for (const one of steps) {
    if (one.type === "wait") clock.ms += one.ms;
    if (one.type === "call") {
      const id = calls++;
      const held = await begin(breaker, one.way, id);
      history.push({ type: "call", id, at: clock.ms, admitted: held !== "refused" });
      if (held !== "refused") open.push(held);
    }
    if (one.type === "end" && open.length > 0) {
      const [held] = open.splice(one.which % open.length, 1);
      await held?.finish(one.end, one.code, one.leave);
      history.push({ type: "end", id: held?.id ?? -1, at: clock.ms, end: one.end });
    }
  }
  return history;
}

/** SPEC BRK over a history. A turning point is an end that opens or closes the circuit; what a call may do, and which
 *  ends count, follows from the part of the history after the last one. */
interface Turn {
  readonly index: number;
  readonly to: "open" | "closed";
  readonly dueAt: number;
}

function turnMadeBy(history: readonly Happening[], index: number, last: Turn): Turn | undefined {
  const ending = history[index];
  if (ending?.type !== "end") return undefined;
  const since = history.slice(last.index + 1, index + 1);
  const admitted = since.filter((one) => one.type === "call" && one.admitted).map((one) => one.id);
  if (last.to === "closed") {
    const ends = since.flatMap((one) =>
      one.type === "end" && one.end !== "neutral" && admitted.includes(one.id) ? [one.end] : [],
    );
    const row = ends.slice(-failuresToOpen);
    const opens = ending.end === "failure" && admitted.includes(ending.id) && row.length === failuresToOpen;
    return opens && !row.includes("success") ? { index, to: "open", dueAt: ending.at + openMs } : undefined;
  }
  if (ending.id !== admitted.at(-1)) return undefined; // not the trial
  if (ending.end === "success") return { index, to: "closed", dueAt: 0 };
  return { index, to: "open", dueAt: ending.end === "failure" ? ending.at + openMs : ending.at };
}

function mayBegin(history: readonly Happening[], index: number, last: Turn): boolean {
  if (last.to === "closed") return true;
  const at = history[index]?.at ?? 0;
  const trial = history.slice(last.index + 1, index).findLast((one) => one.type === "call" && one.admitted);
  return at >= (trial === undefined ? last.dueAt : trial.at + trialMs);
}

function check(history: readonly Happening[]): { readonly opened: number; readonly closed: number } {
  let last: Turn = { index: -1, to: "closed", dueAt: 0 };
  const counts = { opened: 0, closed: 0 };
  for (const [index, one] of history.entries()) {
    const lawful = one.type !== "call" || one.admitted === mayBegin(history, index, last);
    expect(lawful, `call ${one.id} of ${JSON.stringify(history)}`).toBe(true);
    const turn = turnMadeBy(history, index, last);
    if (turn === undefined) continue;
    last = turn;
    counts[turn.to === "open" ? "opened" : "closed"] += 1;
  }
  return counts;
}

describe("the breaker's law", () => {
  it("[BRK-1] [BRK-2] [BRK-3] [BRK-4] [BRK-5] holds over random overlapping calls in virtual time", async () => {
    const seen = { opened: 0, closed: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(step(), { maxLength: 120, size: "max" }), async (steps) => {
        const { opened, closed } = check(await play(steps));
        seen.opened += opened;
        seen.closed += closed;
      }),
      { numRuns: 1_000 },
    );
    // The property says something only if its runs reached what it speaks of.
    expect(seen.opened).toBeGreaterThan(1_000);
    expect(seen.closed).toBeGreaterThan(50);
  });
});
