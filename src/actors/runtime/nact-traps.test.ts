import * as nact from "nact";
import { describe, expect, it, vi } from "vitest";
import { type Behaviour, type CrashReport, createActorSystem, spawn } from "./actor.ts";

// Each trap of nact 7.6.2 twice: on bare nact, where it is shown to be there, and the same case on the runtime. If a
// case on bare nact fails after an upgrade, that trap is gone and its guard may go too.

const mail = { normalMax: 100 };
const soon = { timeout: 5_000, interval: 1 };

/** Long enough for whatever nact would still do by itself: it works in single `setImmediate` steps. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

type Bare = (state: unknown, message: unknown) => unknown;
const bare = (parent: nact.Ref<never>, name: string, handle: Bare, options: object = {}): nact.Ref<unknown> =>
  nact.spawn(parent, handle, name, options) as nact.Ref<unknown>;
const send = (actor: nact.Ref<unknown>, message: unknown) => nact.dispatch(actor, message);
const decide = (action: string) => (_message: unknown, _error: unknown, context: Record<string, symbol>) =>
  context[action];

function simple<M>(handle: (message: M) => void | Promise<void>, ended?: () => void): Behaviour<M, null> {
  return {
    init: () => null,
    handle: (state, message) => handle(message)?.then(() => state) ?? state,
    stopping: () => ended?.(),
  };
}

function runtime(): { system: ReturnType<typeof createActorSystem>; crashes: CrashReport[] } {
  const crashes: CrashReport[] = [];
  return { system: createActorSystem({ onCrash: (report) => crashes.push(report) }), crashes };
}

/** What reaches the process unhandled while `run` runs, kept from the test runner. */
async function unhandledDuring(run: () => Promise<void> | void): Promise<string[]> {
  const seen: string[] = [];
  const events = ["unhandledRejection", "uncaughtException"] as const;
  const before = events.map((event) => process.listeners(event as "uncaughtException"));
  for (const event of events) {
    process.removeAllListeners(event);
    process.on(event, () => seen.push(event));
  }
  try {
    await run();
    await settle();
  } finally {
    events.forEach((event, index) => {
      process.removeAllListeners(event);
      for (const listener of before[index] ?? []) process.on(event, listener);
    });
  }
  return seen;
}

describe("trap: stopping a parent or the system stops no child", () => {
  it.each(["parent", "system"])(
    "nact: child lives on, no clean-up of it, after stopping the %s",
    async (which) => {
      const system = nact.start();
      const log: string[] = [];
      const named = (name: string) => ({ afterStop: () => void log.push(`${name} cleaned up`) });
      const parent = bare(system, "parent", () => {}, named("parent"));
      let kept = () => {};
      const pending = new Promise<void>((resolve) => (kept = resolve));
      const child = bare(
        parent as nact.Ref<never>,
        "child",
        () => pending.then(() => log.push("child works")),
        named("child"),
      );
      send(child, 1);
      await settle();
      nact.stop(which === "parent" ? parent : system);
      kept();
      await settle();
      expect(log).toEqual(which === "parent" ? ["child works", "parent cleaned up"] : ["child works"]);
    },
  );

  it.each(["parent", "system"])("runtime: children end first, after stopping the %s", async (which) => {
    const { system } = runtime();
    const log: string[] = [];
    const parent = spawn(
      system,
      "parent",
      simple<number>(
        () => void log.push("parent works"),
        () => log.push("parent cleaned up"),
      ),
      mail,
    );
    const child = spawn(
      parent,
      "child",
      simple<number>(
        () => void log.push("child works"),
        () => log.push("child cleaned up"),
      ),
      mail,
    );
    parent.tell(1);
    child.tell(1);
    await vi.waitFor(() => expect(log).toHaveLength(2), soon);
    await (which === "parent" ? parent : system).stop();
    expect(log.slice(2)).toEqual(["child cleaned up", "parent cleaned up"]);
  });
});

describe("trap: a stop during an asynchronous handler runs the clean-up first, and twice if the handler fails", () => {
  it("nact: cleans up the old state before the handler ends, then again", async () => {
    const log: unknown[] = [];
    let fail = () => {};
    const pending = new Promise((_resolve, reject) => (fail = () => reject(new Error("fails"))));
    const actor = bare(nact.start(), "a", () => pending.finally(() => log.push("handler ends")), {
      initialState: "old state",
      onCrash: decide("stop"),
      afterStop: (state: unknown) => void log.push(`clean-up of ${String(state)}`),
    });
    send(actor, 1);
    await settle();
    nact.stop(actor);
    await settle();
    fail();
    await settle();
    expect(log).toEqual(["clean-up of old state", "handler ends", "clean-up of old state"]);
  });

  it("runtime: waits for the handler and cleans up once", async () => {
    const { system } = runtime();
    const log: string[] = [];
    let fail = () => {};
    const pending = new Promise<void>((_resolve, reject) => (fail = () => reject(new Error("fails"))));
    const handle = () => (log.push("handler begins"), pending.finally(() => log.push("handler ends")));
    const actor = spawn(
      system,
      "a",
      simple<number>(handle, () => log.push("clean-up")),
      mail,
    );
    actor.tell(1);
    await vi.waitFor(() => expect(log).toHaveLength(1), soon);
    const stopped = actor.stop();
    await settle();
    fail();
    await stopped;
    await settle();
    expect(log).toEqual(["handler begins", "handler ends", "clean-up"]);
  });
});

describe("trap: a child that escalates to a parent that resumes hangs for ever", () => {
  it("nact: handles nothing after its crash", async () => {
    const log: unknown[] = [];
    const parent = bare(nact.start(), "parent", () => {}, { onCrash: decide("resume") });
    const handle: Bare = (_state, message) => {
      if (message === "crash") throw new Error("fails");
      log.push(message);
    };
    const child = bare(parent as nact.Ref<never>, "child", handle, { onCrash: decide("escalate") });
    for (const message of ["before", "crash", "after"]) send(child, message);
    await settle();
    send(child, "later");
    await settle();
    expect(log).toEqual(["before"]);
  });

  it("runtime: goes on after a restart, or is refused and its parent told", async () => {
    const { system } = runtime();
    const log: string[] = [];
    const crashing = simple<string>((message) => {
      if (message === "crash") throw new Error("fails");
      log.push(message);
    });
    const parent = spawn<string, null>(
      system,
      "parent",
      {
        ...simple<string>((message) => void log.push(message)),
        childStopped: (child) => `${child.name} ended`,
      },
      mail,
    );
    const restarting = spawn(parent, "restarting", crashing, {
      ...mail,
      crash: { policy: "restart", restartsMax: 1, windowMs: 1_000 },
    });
    for (const message of ["before", "crash", "after"]) restarting.tell(message);
    await vi.waitFor(() => expect(log).toEqual(["before", "after"]), soon);
    const stopping = spawn(parent, "stopping", crashing, mail);
    stopping.tell("crash");
    await vi.waitFor(() => expect(log.at(-1)).toBe("stopping ended"), soon);
    expect(stopping.tell("later")).toBe("stopped");
  });
});

describe("trap: resetAll lets a busy sibling handle the next message beside the one running", () => {
  /** Handlers of a sibling that were running at once, at most. */
  function busyness(): { most: () => number; handle: () => Promise<void> } {
    let running = 0;
    let most = 0;
    return {
      most: () => most,
      handle: async () => {
        most = Math.max(most, ++running);
        for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
        running--;
      },
    };
  }

  it("nact: handlers overlap", async () => {
    const system = nact.start();
    const busy = busyness();
    const sibling = bare(system, "sibling", busy.handle);
    const faulty = bare(system, "faulty", () => Promise.reject(new Error("fails")), {
      onCrash: decide("resetAll"),
    });
    for (let n = 0; n < 3; n++) send(sibling, n);
    send(faulty, 1);
    await settle();
    expect(busy.most()).toBeGreaterThan(1);
  });

  it("runtime: a crash and restart beside it leaves it alone", async () => {
    const { system, crashes } = runtime();
    const busy = busyness();
    const sibling = spawn(system, "sibling", simple<number>(busy.handle), mail);
    const faulty = spawn(
      system,
      "faulty",
      simple<number>(() => Promise.reject(new Error("fails"))),
      {
        ...mail,
        crash: { policy: "restart", restartsMax: 1, windowMs: 1_000 },
      },
    );
    for (let n = 0; n < 3; n++) sibling.tell(n);
    faulty.tell(1);
    await vi.waitFor(() => expect(sibling.depth()).toBe(0), soon);
    await sibling.stop();
    expect(crashes).toHaveLength(1);
    expect(busy.most()).toBe(1);
  });
});

describe("trap: a throw in onCrash or in the clean-up reaches the process", () => {
  const fail = (): never => {
    throw new Error("fails");
  };

  it("nact: onCrash", async () => {
    const seen = await unhandledDuring(() => send(bare(nact.start(), "a", fail, { onCrash: fail }), 1));
    expect(seen).toEqual(["unhandledRejection"]);
  });

  it("nact: afterStop", async () => {
    const seen = await unhandledDuring(() => nact.stop(bare(nact.start(), "a", fail, { afterStop: fail })));
    expect(seen).toEqual(["uncaughtException"]);
  });

  it("runtime: neither does, and the clean-up's is reported", async () => {
    const reports: string[] = [];
    const system = createActorSystem({
      onCrash: (report) => {
        reports.push(report.during);
        fail();
      },
    });
    const seen = await unhandledDuring(async () => {
      const actor = spawn(system, "a", simple<number>(fail, fail), mail);
      actor.tell(1);
      await actor.stopped;
    });
    expect(seen).toEqual([]);
    expect(reports).toEqual(["handle", "stopping"]);
  });
});
