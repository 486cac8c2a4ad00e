import assert from "node:assert";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ActorContext, type Behaviour, createActorSystem, spawn, timersMax } from "./actor.ts";

// vitest's fake timers are @sinonjs/fake-timers: the clock, nact's setImmediate and the runtime all run on them.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "Date"] });
});
afterEach(() => {
  assert.equal(vi.getTimerCount(), 0);
  vi.useRealTimers();
});

type Message = string | ((context: ActorContext<Message>) => void);
function scripted(log: string[]): Behaviour<Message, null> {
  return {
    init: () => null,
    handle: (state, message, context) => {
      if (typeof message === "string") log.push(message);
      else message(context);
      return state;
    },
  };
}
const advance = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** Stops the system and lets nact's last turn (its empty `afterStop`) go by. */
async function finish(system: ReturnType<typeof createActorSystem>): Promise<void> {
  await system.stop();
  await advance(1);
}

describe("timers", () => {
  it("delivers after its time, and the one set last by key", async () => {
    const system = createActorSystem();
    const log: string[] = [];
    const actor = spawn(system, "a", scripted(log), { normalMax: 10 });
    actor.tell((context) => {
      context.timer("one", 100, "replaced");
      context.timer("one", 200, "one");
      context.timer("two", 150, "two");
      context.timer("three", 150, "cleared");
      context.clear("three");
      context.clear("unknown");
    });
    await advance(140);
    expect(log).toEqual([]);
    await advance(20);
    expect(log).toEqual(["two"]);
    await advance(1_000);
    expect(log).toEqual(["two", "one"]);
    await finish(system);
  });

  it("overtakes the normal lane, past a full urgent lane", async () => {
    const system = createActorSystem();
    const log: string[] = [];
    const actor = spawn(system, "a", scripted(log), { normalMax: 10, urgentMax: 1 });
    actor.tell((context) => {
      context.timer("key", 10, "timer");
      actor.tell("normal");
    });
    actor.urgent((context) => context.timer("other", 10, "other timer"));
    let release = () => {};
    const held = spawn<Message, null>(
      system,
      "held",
      {
        ...scripted(log),
        init: (context) => {
          context.timer("key", 10, "timer of held");
          return new Promise((resolve) => (release = () => resolve(null)));
        },
      },
      { normalMax: 1, urgentMax: 1 },
    );
    await advance(1);
    expect([held.tell("normal of held"), held.urgent("urgent of held")]).toEqual(["queued", "queued"]);
    await advance(20);
    expect(log).toEqual(["normal", "other timer", "timer"]);
    release();
    await advance(1);
    expect(log.slice(3)).toEqual(["urgent of held", "timer of held", "normal of held"]);
    await finish(system);
  });

  it("never handles a timer that was cleared or replaced after it fired", async () => {
    const system = createActorSystem();
    const log: string[] = [];
    const actor = spawn(system, "a", scripted(log), { normalMax: 10 });
    actor.tell((context) => {
      context.timer("cleared", 5, "cleared");
      context.timer("replaced", 5, "replaced");
      context.timer("first", 4, (inner) => {
        inner.clear("cleared");
        inner.timer("replaced", 50, "replacement");
      });
    });
    // Let all three fire before the actor gets a turn.
    await advance(1);
    let release = () => {};
    actor.tell(() => {});
    const blocked = spawn<Message, null>(
      system,
      "blocked",
      {
        ...scripted(log),
        init: (context) => {
          context.timer("first", 4, (inner) => {
            inner.clear("cleared");
            inner.timer("replaced", 50, "late replacement");
          });
          context.timer("cleared", 5, "cleared");
          context.timer("replaced", 5, "replaced");
          return new Promise((resolve) => (release = () => resolve(null)));
        },
      },
      { normalMax: 1 },
    );
    await advance(20);
    expect(blocked.depth()).toBe(3);
    release();
    await advance(100);
    expect(log).toEqual(["replacement", "late replacement"]);
    await finish(system);
  });

  it("ends with the actor", async () => {
    const system = createActorSystem();
    const log: string[] = [];
    const contexts: ActorContext<Message>[] = [];
    const actor = spawn(system, "a", scripted(log), { normalMax: 10 });
    actor.tell((context) => {
      contexts.push(context);
      context.timer("key", 10, "after the end");
    });
    await advance(1);
    await actor.stop();
    contexts[0]?.timer("late", 1, "after the end");
    await advance(100);
    expect(log).toEqual([]);
    await finish(system);
  });

  it("leaves no timer of the runtime behind after a stop that had to wait", async () => {
    const system = createActorSystem();
    const later = () => new Promise<null>((resolve) => setTimeout(() => resolve(null), 10));
    const actor = spawn<string, null>(
      system,
      "a",
      { init: () => null, handle: later, stopping: () => later().then(() => {}) },
      { normalMax: 1 },
    );
    actor.tell("wait");
    await advance(1);
    const stopped = actor.stop();
    await advance(30);
    await stopped;
    await advance(1);
    expect(vi.getTimerCount()).toBe(0);
    await finish(system);
  });

  it("has a key back once its timer was handled", async () => {
    const system = createActorSystem();
    const log: string[] = [];
    const actor = spawn(system, "a", scripted(log), { normalMax: 10 });
    for (const name of ["one", "two"]) {
      actor.tell((context) => {
        for (let n = 0; n < timersMax; n++) context.timer(`${name}${n}`, 10, "fired");
      });
      await advance(200);
    }
    expect(log).toHaveLength(timersMax * 2);
    await finish(system);
  });

  it("bounds the keys", async () => {
    const failed: unknown[] = [];
    const system = createActorSystem({ onCrash: ({ error }) => failed.push(error) });
    const actor = spawn(system, "a", scripted([]), { normalMax: 10 });
    actor.tell((context) => {
      for (let n = 0; n <= timersMax; n++) context.timer(`${n}`, 10, "late");
    });
    await advance(1);
    expect(failed).toMatchObject([{ message: "too many timers" }]);
    await finish(system);
  });
});

describe("determinism", () => {
  /** Thirty actors that pass numbers on after delays drawn from a seeded sequence, and crash now and then. */
  async function run(seed: number): Promise<string[]> {
    const log: string[] = [];
    const system = createActorSystem({ onCrash: ({ actor }) => log.push(`${Date.now()} ${actor} crashed`) });
    let drawn = seed;
    const draw = (below: number) => (drawn = (drawn * 48_271) % 2_147_483_647) % below;
    const actors = Array.from({ length: 30 }, (_, index) =>
      spawn<number, null>(
        system,
        "peer",
        {
          init: () => null,
          handle: async (state, hops, context) => {
            log.push(`${Date.now()} ${context.self.id} ${hops}`);
            if (draw(20) === 0) throw new Error("crash");
            if (draw(3) === 0) await new Promise((resolve) => setTimeout(resolve, draw(10)));
            if (hops > 0) actors[draw(30)]?.tell(hops - 1);
            if (hops > 0) context.timer(`${draw(2)}`, draw(50), hops - 1);
            return state;
          },
        },
        { normalMax: 50, crash: { policy: "restart", restartsMax: 3, windowMs: 100 + index } },
      ),
    );
    for (const actor of actors) actor.tell(6);
    await advance(2_000);
    await finish(system);
    return log;
  }

  it("gives the same history for the same seed, and another for another", async () => {
    vi.setSystemTime(0);
    const first = await run(7);
    vi.setSystemTime(0);
    const second = await run(7);
    vi.setSystemTime(0);
    const other = await run(8);
    expect(first.length).toBeGreaterThan(300);
    expect(second).toEqual(first);
    expect(other).not.toEqual(first);
  });
});
