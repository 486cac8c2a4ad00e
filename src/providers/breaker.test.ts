import { describe, expect, it } from "vitest";
import type { Clock } from "../lib/clock.ts";
import { ParleyError } from "../lib/errors.ts";
import { breakLlm, breakStt, breakTts, breakTurnEnd, createBreaker, type Breaker } from "./breaker.ts";

const openMs = 30_000;

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

const fail = (): Promise<never> => Promise.reject(new ParleyError("ERR_PROVIDER", "down"));
const succeed = (): Promise<string> => Promise.resolve("fine");

async function failTimes(breaker: Breaker, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1)
    await expect(breaker.run(fail)).rejects.toMatchObject({ code: "ERR_PROVIDER" });
}

function opened(): { readonly breaker: Breaker; readonly clock: VirtualClock; readonly changes: string[] } {
  const clock = new VirtualClock();
  const changes: string[] = [];
  const onStateChange = (change: { from: string; to: string }): void => {
    changes.push(`${change.from}>${change.to}`);
  };
  return { clock, changes, breaker: createBreaker({ name: "p", clock, onStateChange }) };
}

describe("the breaker, step by step", () => {
  it("[BRK-1] opens at the fifth failure in a row, and a success starts the count again", async () => {
    const { breaker, changes } = opened();
    await failTimes(breaker, 4);
    await breaker.run(succeed);
    await failTimes(breaker, 4);
    expect(breaker.state).toBe("closed");
    await failTimes(breaker, 1);
    expect(breaker.state).toBe("open");
    expect(changes).toEqual(["closed>open"]);
  });

  it("[BRK-2] refuses without asking the provider until 30 s have passed", async () => {
    const { breaker, clock } = opened();
    await failTimes(breaker, 5);
    clock.ms = openMs - 1;
    let asked = 0;
    const ask = (): Promise<void> => Promise.resolve(void (asked += 1));
    await expect(breaker.run(ask)).rejects.toMatchObject({ code: "ERR_CIRCUIT_OPEN", retryable: true });
    expect(asked).toBe(0);
    clock.ms = openMs;
    await breaker.run(ask);
    expect(asked).toBe(1);
  });

  it("[BRK-3] [BRK-4] lets one trial through; its success closes", async () => {
    const { breaker, clock, changes } = opened();
    await failTimes(breaker, 5);
    clock.ms = openMs;
    const calls = await Promise.allSettled([
      breaker.run(succeed),
      breaker.run(succeed),
      breaker.run(succeed),
    ]);
    expect(calls.map((call) => call.status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(changes).toEqual(["closed>open", "open>half_open", "half_open>closed"]);
  });

  it("[BRK-4] a failed trial opens again for 30 s", async () => {
    const { breaker, clock } = opened();
    await failTimes(breaker, 5);
    clock.ms = openMs;
    await failTimes(breaker, 1);
    clock.ms = 2 * openMs - 1;
    await expect(breaker.run(succeed)).rejects.toMatchObject({ code: "ERR_CIRCUIT_OPEN" });
    clock.ms = 2 * openMs;
    expect(await breaker.run(succeed)).toBe("fine");
  });

  it("[BRK-5] what ends after the caller's signal fired counts as nothing, whatever its error", async () => {
    const { breaker } = opened();
    const controller = new AbortController();
    controller.abort();
    for (let i = 0; i < 10; i += 1) await breaker.run(fail, controller.signal).catch(() => undefined);
    await breaker.run(succeed, controller.signal);
    expect(breaker.state).toBe("closed");
    await failTimes(breaker, 4);
    await breaker.run(succeed, controller.signal); // no success either: the row goes on
    await failTimes(breaker, 1);
    expect(breaker.state).toBe("open");
  });

  it("[BRK-5] an error thrown by clean-up while the consumer leaves counts as nothing", async () => {
    const { breaker } = opened();
    const rough = async function* (): AsyncGenerator<number> {
      try {
        yield await Promise.resolve(1);
      } finally {
        // eslint-disable-next-line no-unsafe-finally
        throw new ParleyError("ERR_PROVIDER", "clean-up");
      }
    };
    for (let i = 0; i < 10; i += 1) {
      const iterator = breaker.stream(rough)[Symbol.asyncIterator]();
      await iterator.next();
      await iterator.return?.().catch(() => undefined);
    }
    expect(breaker.state).toBe("closed");
  });

  it("guards each port", async () => {
    const clock = new VirtualClock();
    const signal = new AbortController().signal;
    const close = (): Promise<void> => Promise.resolve();
    const failing = async function* (): AsyncGenerator<never> {
      yield await fail();
    };
    const stt = breakStt({ name: "s", transcribe: fail, close }, clock);
    const llm = breakLlm(
      { name: "l", canContinue: true, takesImages: true, generate: failing, close },
      clock,
    );
    const tts = breakTts({ name: "t", repeatable: true, synthesize: failing, close }, clock);
    const turnEnd = breakTurnEnd({ name: "e", judge: fail, close }, clock);
    const first = (stream: AsyncIterable<unknown>): Promise<unknown> => stream[Symbol.asyncIterator]().next();
    const calls = [
      () => stt.transcribe({ audio: new Int16Array(0), signal }),
      () => turnEnd.judge(new Int16Array(0), signal),
      () => first(tts.synthesize({ text: "x", voice: "v", speed: 1, signal })),
      () =>
        first(
          llm.generate({
            instructions: "",
            messages: [],
            tools: [],
            toolChoice: "auto",
            maxOutputTokens: "inf",
            parallelToolCalls: false,
            signal,
          }),
        ),
    ];
    for (const call of calls) {
      for (let i = 0; i < 5; i += 1) await expect(call()).rejects.toMatchObject({ code: "ERR_PROVIDER" });
      await expect(call()).rejects.toMatchObject({ code: "ERR_CIRCUIT_OPEN" });
    }
    expect([stt.name, llm.canContinue, llm.takesImages, tts.repeatable]).toEqual(["s", true, true, true]);
  });
});
