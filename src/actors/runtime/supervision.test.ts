import assert from "node:assert";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type ActorContext,
  type Behaviour,
  type CrashReport,
  type SpawnOptions,
  createActorSystem,
  spawn,
} from "./actor.ts";

const crashes: CrashReport[] = [];
const system = createActorSystem({ onCrash: (report) => crashes.push(report) });
const mail = { normalMax: 100 };
const soon = { timeout: 5_000, interval: 1 };
const restart = (restartsMax: number, windowMs = 60_000): SpawnOptions => ({
  ...mail,
  crash: { policy: "restart", restartsMax, windowMs },
});

const unhandled: unknown[] = [];
process.on("unhandledRejection", (error) => unhandled.push(error));
process.on("uncaughtException", (error) => unhandled.push(error));
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(unhandled.splice(0), []);
  crashes.length = 0;
});

type Message = "crash" | "crash later" | "child" | "leave work" | { readonly ended: string } | number;

class Probe {
  readonly log: string[] = [];
  readonly contexts: ActorContext<Message>[] = [];
  initFails = 0;

  readonly child: Behaviour<"crash", null> = {
    init: () => (this.log.push("child starts"), null),
    handle: () => {
      throw new Error("child fails");
    },
    stopping: (_state, reason) => void this.log.push(`child ends: ${reason.type}`),
  };

  readonly behaviour: Behaviour<Message, number> = {
    init: (context) => {
      this.contexts.push(context);
      this.log.push("init");
      if (this.initFails-- > 0) throw new Error("init fails");
      return 0;
    },
    handle: (sum, message, context) => {
      if (message === "crash") throw new Error("handler fails");
      if (message === "crash later") return Promise.reject(new Error("handler fails"));
      if (message === "child") context.spawn("child", this.child, mail);
      else if (message === "leave work") context.timer("left", 1, 1_000);
      else if (typeof message === "object") this.log.push(message.ended);
      else this.log.push(`sum ${sum + message}`);
      return typeof message === "number" ? sum + message : sum;
    },
    stopping: (sum, reason) => void this.log.push(`clean-up of ${sum}: ${reason.type}`),
    childStopped: (child, reason) => ({ ended: `${child.name} ended: ${reason.type}` }),
  };
}

describe("restart", () => {
  it.each(["crash", "crash later"] as const)(
    "runs clean-up and init, and keeps the mailbox (%s)",
    async (crash) => {
      const probe = new Probe();
      const actor = spawn(system, "a", probe.behaviour, restart(3));
      for (const message of [5, crash, 1, 2] as const) actor.tell(message);
      await vi.waitFor(() => expect(probe.log).toContain("sum 3"), soon);
      expect(probe.log).toEqual(["init", "sum 5", "clean-up of 5: crashed", "init", "sum 1", "sum 3"]);
      expect(crashes).toMatchObject([{ actor: actor.id, during: "handle", outcome: "restart" }]);
      await actor.stop();
    },
  );

  it("stops the children of the life before, which is not told about them", async () => {
    const probe = new Probe();
    const actor = spawn(system, "a", probe.behaviour, restart(3));
    actor.tell("child");
    await vi.waitFor(() => expect(probe.log).toContain("child starts"), soon);
    actor.tell("crash");
    actor.tell(1);
    await vi.waitFor(() => expect(probe.log).toContain("sum 1"), soon);
    expect(probe.log).toEqual([
      "init",
      "child starts",
      "child ends: parent",
      "clean-up of 0: crashed",
      "init",
      "sum 1",
    ]);
    await actor.stop();
  });

  it("stops after the last restart of its window, with what was thrown as the cause", async () => {
    const probe = new Probe();
    const actor = spawn(system, "a", probe.behaviour, restart(2));
    for (let n = 0; n < 5; n++) actor.tell("crash");
    const reason = await actor.stopped;
    expect(reason).toMatchObject({
      type: "crashed",
      error: { code: "ERR_ACTOR_CRASHED", cause: new Error("handler fails") },
    });
    expect(crashes.map((crash) => crash.outcome)).toEqual(["restart", "restart", "stop"]);
    expect(probe.log.filter((line) => line === "init")).toHaveLength(3);
    expect(probe.log.filter((line) => line.startsWith("clean-up"))).toHaveLength(3);
    expect(actor.tell(1)).toBe("stopped");
  });

  it("has its restarts back once the window has passed", async () => {
    let now = 0;
    const clock = { now: () => now, monotonic: () => now, after: () => () => {} };
    const own = createActorSystem({ clock, onCrash: (report) => crashes.push(report) });
    const probe = new Probe();
    const actor = spawn(own, "a", probe.behaviour, restart(1, 1_000));
    for (let n = 1; n <= 3; n++) {
      actor.tell("crash");
      await vi.waitFor(() => expect(crashes).toHaveLength(n), soon);
      now += 1_000;
    }
    expect(crashes.map((crash) => crash.outcome)).toEqual(["restart", "restart", "restart"]);
    await own.stop();
  });

  it("counts an init that fails, which leaves nothing to clean up", async () => {
    const probe = new Probe();
    probe.initFails = 2;
    const actor = spawn(system, "a", probe.behaviour, restart(2));
    actor.tell(1);
    await vi.waitFor(() => expect(probe.log).toEqual(["init", "init", "init", "sum 1"]), soon);
    await actor.stop();
    expect(probe.log.at(-1)).toBe("clean-up of 1: requested");
  });

  it("cleans up nothing twice when init fails after a crash", async () => {
    const probe = new Probe();
    const actor = spawn(system, "a", probe.behaviour, restart(1));
    actor.tell(1);
    await vi.waitFor(() => expect(probe.log).toContain("sum 1"), soon);
    probe.initFails = 1;
    actor.tell("crash");
    expect(await actor.stopped).toMatchObject({ type: "crashed", error: { cause: new Error("init fails") } });
    expect(probe.log).toEqual(["init", "sum 1", "clean-up of 1: crashed", "init"]);
  });

  it("cuts off the life before: timers, signal, spawn", async () => {
    const probe = new Probe();
    const actor = spawn(system, "a", probe.behaviour, restart(1));
    actor.tell("leave work");
    actor.tell("crash");
    await vi.waitFor(() => expect(probe.contexts).toHaveLength(2), soon);
    const before = probe.contexts[0];
    expect(before?.signal.aborted).toBe(true);
    expect(() => before?.spawn("child", probe.child, mail)).toThrow(/cannot spawn/);
    before?.timer("late", 0, 2_000);
    probe.contexts[1]?.timer("fence", 20, 1);
    await vi.waitFor(() => expect(probe.log).toContain("sum 1"), soon);
    expect(probe.contexts[1]?.signal.aborted).toBe(false);
    await actor.stop();
  });

  it("cleans up once when a stop overtakes it", async () => {
    const log: string[] = [];
    const actor = spawn<string, null>(
      system,
      "a",
      {
        init: () => (log.push("init"), null),
        handle: () => {
          throw new Error("fails");
        },
        stopping: async () => {
          log.push("clean-up");
          expect(() => spawn(actor, "child", new Probe().behaviour, mail)).toThrow(/restarting/);
          void actor.stop();
          await new Promise((resolve) => setImmediate(resolve));
        },
      },
      restart(5),
    );
    actor.tell("crash");
    expect(await actor.stopped).toEqual({ type: "requested" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual(["init", "clean-up"]);
    expect(actor.tell("late")).toBe("stopped");
    expect(crashes).toHaveLength(1);
  });
});

describe("stop on a crash", () => {
  it("ends the children first and tells the parent by its own message, past a full urgent lane", async () => {
    const probe = new Probe();
    const parent = spawn(system, "parent", probe.behaviour, { ...mail, urgentMax: 0 });
    const inner = new Probe();
    const child = spawn(parent, "talker", inner.behaviour, mail);
    child.tell("child");
    await vi.waitFor(() => expect(inner.log).toContain("child starts"), soon);
    child.tell("crash");
    await vi.waitFor(() => expect(probe.log).toContain("talker ended: crashed"), soon);
    expect(inner.log.slice(-2)).toEqual(["child ends: parent", "clean-up of 0: crashed"]);
    expect(parent.urgent(1)).toBe("full");
    await parent.stop();
  });

  it("tells the parent of a child that was stopped, not of one that ends with the parent", async () => {
    const probe = new Probe();
    const parent = spawn(system, "parent", probe.behaviour, mail);
    const one = spawn(parent, "one", probe.behaviour, mail);
    spawn(parent, "two", probe.behaviour, mail);
    await one.stop();
    await vi.waitFor(() => expect(probe.log).toContain("one ended: requested"), soon);
    await parent.stop();
    expect(probe.log.filter((line) => line.startsWith("two"))).toEqual([]);
  });
});

describe("faults beside the handler", () => {
  it.each(["throws", "rejects"])("reports a clean-up that %s, and ends", async (how) => {
    const actor = spawn<number, null>(
      system,
      "a",
      {
        init: () => null,
        handle: (state) => state,
        stopping: () => {
          if (how === "throws") throw new Error("clean-up fails");
          return Promise.reject(new Error("clean-up fails"));
        },
      },
      mail,
    );
    actor.tell(1);
    await vi.waitFor(() => expect(actor.depth()).toBe(0), soon);
    await actor.stop();
    expect(crashes).toMatchObject([
      { during: "stopping", outcome: "ignored", error: new Error("clean-up fails") },
    ]);
  });

  it("reports a handler that fails while its actor stops, unless the abort is why", async () => {
    const late = (error: (signal: AbortSignal) => unknown): Behaviour<number, null> => ({
      init: () => null,
      handle: (_state, _message, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(error(signal)))),
    });
    const faulty = spawn(
      system,
      "faulty",
      late(() => new Error("own fault")),
      mail,
    );
    const obedient = spawn(
      system,
      "obedient",
      late((signal) => signal.reason),
      mail,
    );
    faulty.tell(1);
    obedient.tell(1);
    await vi.waitFor(() => expect([faulty.depth(), obedient.depth()]).toEqual([0, 0]), soon);
    await Promise.all([faulty.stop(), obedient.stop()]);
    expect(crashes).toMatchObject([{ actor: faulty.id, outcome: "ignored", error: new Error("own fault") }]);
  });

  it.each(["throws", "rejects"])(
    "survives an `onCrash` that %s, and a `childStopped` that throws",
    async (how) => {
      let reports = 0;
      const failing = (): Promise<void> => {
        reports++;
        if (how === "throws") throw new Error("onCrash fails");
        return Promise.reject(new Error("onCrash fails"));
      };
      const own = createActorSystem({ onCrash: failing as () => void });
      const childStopped = (): never => {
        throw new Error("childStopped fails");
      };
      const probe = new Probe();
      const parent = spawn(own, "parent", { ...probe.behaviour, childStopped }, mail);
      const child = spawn(parent, "child", probe.behaviour, mail);
      child.tell("crash");
      await child.stopped;
      parent.tell(1);
      await vi.waitFor(() => expect(probe.log).toContain("sum 1"), soon);
      expect(reports).toBe(2);
      await own.stop();
    },
  );

  it("warns without content when nobody registered for crashes", async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => void warnings.push(warning);
    process.on("warning", listen);
    const own = createActorSystem();
    const actor = spawn(own, "a", new Probe().behaviour, mail);
    actor.tell("crash");
    await vi.waitFor(() => expect(warnings).toHaveLength(1), soon);
    process.off("warning", listen);
    expect(warnings[0]?.message).toBe(`actor ${actor.id} failed in handle (ERR_UNEXPECTED): stop`);
  });
});
