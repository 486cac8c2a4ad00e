import * as nact from "nact";
import { describe, expect, expectTypeOf, it, vi } from "vitest";
import { type ActorRef, type Behaviour, createActorSystem, spawn } from "./actor.ts";

// The traps of nact 7.6.2 about references, names, mailboxes and size; `nact-traps.test.ts` has the others and says how
// to read the pairs.

const mail = { normalMax: 100 };
const soon = { timeout: 5_000, interval: 1 };

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

type Bare = (state: unknown, message: unknown) => unknown;
const bare = (parent: nact.Ref<never>, name: string, handle: Bare, options: object = {}): nact.Ref<unknown> =>
  nact.spawn(parent, handle, name, options) as nact.Ref<unknown>;

const into = (log: unknown[]): Behaviour<string, null> => ({
  init: () => null,
  handle: (state, message) => {
    if (message === "crash") throw new Error("fails");
    log.push(message);
    return state;
  },
});

describe("trap: spawnStateless ignores onCrash and swallows errors", () => {
  it("nact: nobody hears of the error", async () => {
    const heard: unknown[] = [];
    const fail = (): never => {
      throw new Error("fails");
    };
    const properties = { onCrash: (_message: unknown, error: unknown) => heard.push(error) };
    const actor = nact.spawnStateless(nact.start(), fail, "a", properties as object);
    nact.dispatch(actor as nact.Ref<unknown>, 1);
    await settle();
    expect(heard).toEqual([]);
  });

  it("runtime: every error is reported", async () => {
    const heard: unknown[] = [];
    const system = createActorSystem({ onCrash: ({ error }) => heard.push(error) });
    const actor = spawn(system, "a", into([]), mail);
    actor.tell("crash");
    await actor.stopped;
    expect(heard).toEqual([new Error("fails")]);
  });
});

describe("trap: messages to a stopped actor vanish", () => {
  it("nact: the sender is told nothing", () => {
    const actor = bare(nact.start(), "a", () => {});
    nact.stop(actor);
    expect(nact.dispatch(actor, 1)).toBeUndefined();
  });

  it("runtime: the sender sees `stopped`", async () => {
    const actor = spawn(createActorSystem(), "a", into([]), mail);
    await actor.stop();
    expect([actor.tell("lost"), actor.urgent("lost")]).toEqual(["stopped", "stopped"]);
  });
});

describe("trap: names are used again", () => {
  it("nact: an old reference reaches the new actor of the same name", async () => {
    const system = nact.start();
    const log: unknown[] = [];
    const old = bare(system, "name", () => log.push("old"));
    nact.stop(old);
    bare(system, "name", () => log.push("new"));
    nact.dispatch(old, 1);
    await settle();
    expect(log).toEqual(["new"]);
  });

  it("nact: a name in use is refused", () => {
    const system = nact.start();
    bare(system, "name", () => {});
    expect(() => bare(system, "name", () => {})).toThrow(/already exists/);
  });

  it("runtime: names may be used again at any time, and references stay with their actor", async () => {
    const system = createActorSystem();
    const log: string[] = [];
    const old = spawn(system, "name", into(log), mail);
    const twin = spawn(system, "name", into(log), mail);
    await old.stop();
    spawn(system, "name", into(log), mail);
    expect([old.tell("old"), twin.tell("twin")]).toEqual(["stopped", "queued"]);
    await vi.waitFor(() => expect(log).toEqual(["twin"]), soon);
  });
});

describe("trap: actors without a name get a random one", () => {
  it("nact: draws from Math.random", () => {
    const random = vi.spyOn(Math, "random");
    nact.spawn(nact.start(), () => {});
    expect(random).toHaveBeenCalled();
    random.mockRestore();
  });

  it("runtime: draws nothing, and equal runs give equal names", async () => {
    const random = vi.spyOn(Math, "random");
    const [one, other] = [createActorSystem(), createActorSystem()].map((system) => {
      const parent = spawn(system, "a", into([]), mail);
      return [parent.id, spawn(parent, "b", into([]), mail).id, spawn(system, "a", into([]), mail).id];
    });
    await settle();
    expect(one).toEqual(["a.0", "b.1", "a.2"]);
    expect(other).toEqual(one);
    expect(random).not.toHaveBeenCalled();
    random.mockRestore();
  });
});

describe("trap: Ref<T> is an empty class", () => {
  it("nact: accepts a message of any type, and anything for a reference", () => {
    expectTypeOf<nact.Ref<string>>().toExtend<nact.Ref<number>>();
    expectTypeOf<"not a reference">().toExtend<nact.Ref<string>>();
    const dispatchNumber = (actor: nact.Ref<string>) => nact.dispatch<number>(actor, 5); // compiles
    expect(dispatchNumber).toBeDefined();
  });

  it("runtime: does not compile", () => {
    expectTypeOf<ActorRef<string>>().not.toExtend<ActorRef<number>>();
    expectTypeOf<"not a reference">().not.toExtend<ActorRef<string>>();
    expectTypeOf<Parameters<ActorRef<string>["tell"]>>().toEqualTypeOf<[string]>();
    expectTypeOf<Parameters<ActorRef<string>["urgent"]>>().toEqualTypeOf<[string]>();
  });
});

describe("trap: the mailbox has no bound", () => {
  it("nact: takes 100,000 messages without a word", async () => {
    const log: unknown[] = [];
    const actor = bare(nact.start(), "a", (_state, message) => log.push(message));
    for (let n = 0; n < 100_000; n++) nact.dispatch(actor, n);
    await vi.waitFor(() => expect(log.length).toBe(100_000), soon);
  });

  it("runtime: the sender sees `full` at the bound", async () => {
    const log: string[] = [];
    const actor = spawn(createActorSystem(), "a", into(log), mail);
    const outcomes = Array.from({ length: 1_000 }, () => actor.tell("message"));
    expect(outcomes.filter((outcome) => outcome === "queued")).toHaveLength(100);
    expect(outcomes.filter((outcome) => outcome === "full")).toHaveLength(900);
    await vi.waitFor(() => expect(log).toHaveLength(100), soon);
  });
});

describe("trap: every message to a parent copies the table of its children", () => {
  /** Entries that went through an iterator of a Map meanwhile: nact copies with `new Map(children)`. */
  async function entriesCopied(run: () => Promise<void>): Promise<number> {
    const prototype = Map.prototype as { [Symbol.iterator]: () => MapIterator<unknown> };
    const original = Map.prototype[Symbol.iterator];
    let entries = 0;
    prototype[Symbol.iterator] = function (this: Map<unknown, unknown>) {
      entries += this.size;
      return original.call(this);
    };
    try {
      await run();
    } finally {
      prototype[Symbol.iterator] = original;
    }
    return entries;
  }
  const children = 10_000;
  const messages = 10;

  it("nact: all of them, each time", async () => {
    let handled = 0;
    const parent = bare(nact.start(), "parent", () => void handled++);
    for (let n = 0; n < children; n++) bare(parent as nact.Ref<never>, `child${n}`, () => {});
    const copied = await entriesCopied(async () => {
      for (let n = 0; n < messages; n++) nact.dispatch(parent, n);
      await settle();
    });
    expect(handled).toBe(messages);
    expect(copied).toBeGreaterThanOrEqual(children * messages);
  });

  it.each(["one turn", "a turn each"])("runtime: none (messages in %s)", async (how) => {
    const system = createActorSystem();
    const log: string[] = [];
    const parent = spawn(system, "parent", into(log), mail);
    for (let n = 0; n < children; n++) spawn(parent, "child", into(log), mail);
    await vi.waitFor(() => expect(parent.depth()).toBe(0), soon);
    await settle();
    const copied = await entriesCopied(async () => {
      for (let n = 0; n < messages; n++) {
        parent.tell("message");
        if (how === "a turn each") await settle();
      }
      await settle();
    });
    expect(log).toHaveLength(messages);
    expect(copied).toBeLessThan(children);
    await system.stop();
  });
});

describe("trap: what the declarations promise is not what the module exports", () => {
  it("nact: `seconds` and `configureLogging` are typed but cannot be imported by name", () => {
    const names: object = nact;
    expect(Object.keys(names)).not.toContain("seconds");
    expect(Object.keys(names)).not.toContain("configureLogging");
  });

  it("runtime: needs neither; what it imports is there", () => {
    for (const used of [nact.dispatch, nact.spawn, nact.start, nact.stop])
      expect(used).toBeTypeOf("function");
  });
});
