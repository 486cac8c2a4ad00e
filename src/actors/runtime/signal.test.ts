import { describe, expect, it, vi } from "vitest";
import { type Behaviour, createActorSystem, spawn } from "./actor.ts";

const system = createActorSystem();
const mail = { normalMax: 10 };
const soon = { timeout: 5_000, interval: 1 };

describe("signal", () => {
  /** Hands out its signal at each message, or interrupts itself. */
  const signals: AbortSignal[] = [];
  const signaller: Behaviour<"hand out" | "interrupt" | "wait", null> = {
    init: () => null,
    handle: async (state, message, context) => {
      if (message === "interrupt") context.interrupt("superseded");
      signals.push(context.signal);
      if (message === "wait") {
        await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
        signals.push(context.signal);
        context.signal.throwIfAborted();
      }
      return state;
    },
  };
  const handedOut = (count: number) => vi.waitFor(() => expect(signals).toHaveLength(count), soon);

  it("is aborted by an interrupt, and fresh for the next handler; urgent messages do not abort", async () => {
    signals.length = 0;
    const actor = spawn(system, "a", signaller, mail);
    actor.tell("hand out");
    actor.urgent("hand out");
    await handedOut(2);
    expect(signals[0]).toBe(signals[1]);
    expect(signals[0]?.aborted).toBe(false);
    actor.interrupt("barge-in");
    expect(signals[0]?.reason).toMatchObject({ code: "ERR_ABORTED", message: "barge-in" });
    actor.tell("hand out");
    await handedOut(3);
    expect(signals[2]?.aborted).toBe(false);
    await actor.stop();
    expect(signals[2]?.aborted).toBe(true);
  });

  it("stays aborted until the interrupted handler ends, whose failure is no crash", async () => {
    signals.length = 0;
    const actor = spawn(system, "a", signaller, mail);
    actor.tell("wait");
    await handedOut(1);
    actor.interrupt("barge-in");
    await handedOut(2);
    expect(signals[1]).toBe(signals[0]);
    actor.tell("hand out");
    await handedOut(3);
    expect(signals[2]?.aborted).toBe(false);
    await actor.stop();
  });

  it("is aborted for a handler that asks for it only after the interrupt", async () => {
    const seen: boolean[] = [];
    let release = () => {};
    const actor = spawn<string, null>(
      system,
      "a",
      {
        init: () => null,
        handle: async (state, _message, context) => {
          await new Promise<void>((resolve) => (release = resolve));
          seen.push(context.signal.aborted);
          return state;
        },
      },
      mail,
    );
    for (const expected of [true, false]) {
      release = () => {};
      const idle = release;
      actor.tell("wait");
      await vi.waitFor(() => expect(release).not.toBe(idle), soon);
      if (expected) actor.interrupt("barge-in");
      release();
      await vi.waitFor(() => expect(seen.at(-1)).toBe(expected), soon);
    }
    await actor.stop();
  });

  it("is fresh at once for a handler that interrupts what its actor had handed out", async () => {
    signals.length = 0;
    const actor = spawn(system, "a", signaller, mail);
    actor.tell("hand out");
    actor.tell("interrupt");
    await handedOut(2);
    expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
    await actor.stop();
  });
});
