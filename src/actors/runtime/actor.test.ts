import assert from "node:assert";
import { afterEach, describe, expect, expectTypeOf, it, vi } from "vitest";
import { ParleyError } from "../../lib/errors.ts";
import { type ActorRef, type Behaviour, type CrashReport, createActorSystem, spawn } from "./actor.ts";

const crashes: CrashReport[] = [];
const system = createActorSystem({ onCrash: (report) => crashes.push(report) });
const mail = { normalMax: 10 };
const soon = { timeout: 5_000, interval: 1 };
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

afterEach(() => {
  assert.deepEqual(crashes.splice(0), []);
});

/** Keeps what it handles; a function is called and awaited instead. */
type Note = string | (() => void | Promise<void>);
function recorder(log: string[]): Behaviour<Note, number> {
  return {
    init: () => 0,
    handle: (count, note) => {
      if (typeof note === "string") log.push(note);
      else {
        const done = note();
        if (done !== undefined) return done.then(() => count + 1);
      }
      return count + 1;
    },
    stopping: (count) => void log.push(`clean-up after ${count}`),
  };
}

/** A promise to hold a handler with. */
function gate(): { open: () => void; wait: Promise<void> } {
  let open = () => {};
  const wait = new Promise<void>((resolve) => (open = resolve));
  return { open, wait };
}

describe("lanes", () => {
  it("handles urgent messages before normal ones, each lane in the order sent", async () => {
    const log: string[] = [];
    const actor = spawn(system, "a", recorder(log), mail);
    actor.tell("n1");
    actor.tell("n2");
    actor.urgent("u1");
    actor.urgent("u2");
    await vi.waitFor(() => expect(log).toEqual(["u1", "u2", "n1", "n2"]), soon);
  });

  it("overtakes a backlog longer than a batch", async () => {
    const log: string[] = [];
    const actor = spawn(system, "a", recorder(log), { normalMax: 1_000 });
    for (let n = 0; n < 1_000; n++) actor.tell(`${n}`);
    await vi.waitFor(() => expect(log.length).toBeGreaterThan(0), { timeout: 5_000, interval: 0 });
    actor.urgent("urgent");
    await vi.waitFor(() => expect(log).toHaveLength(1_001), soon);
    expect(log.indexOf("urgent")).toBeLessThan(1_000);
    expect(log.filter((note) => note !== "urgent")).toEqual(Array.from({ length: 1_000 }, (_, n) => `${n}`));
  });

  it("says `full` at each lane's own bound and takes messages again afterwards", async () => {
    const log: string[] = [];
    const actor = spawn(system, "a", recorder(log), { normalMax: 2, urgentMax: 1 });
    expect([actor.tell("1"), actor.tell("2"), actor.tell("3")]).toEqual(["queued", "queued", "full"]);
    expect([actor.urgent("u"), actor.urgent("v")]).toEqual(["queued", "full"]);
    expect(actor.depth()).toBe(3);
    await vi.waitFor(() => expect(log).toEqual(["u", "1", "2"]), soon);
    expect(actor.depth()).toBe(0);
    expect(actor.tell("4")).toBe("queued");
  });

  it("says `stopped` from the moment of the stop, and drops what waited", async () => {
    const log: string[] = [];
    const actor = spawn(system, "a", recorder(log), mail);
    actor.tell("never handled");
    const done = actor.stop();
    expect([actor.tell("x"), actor.urgent("y")]).toEqual(["stopped", "stopped"]);
    expect(actor.depth()).toBe(0);
    await done;
    expect(log).toEqual([]); // nor was there a state to clean up
  });

  it("gives other actors a turn while one is flooded", async () => {
    const seen: string[] = [];
    const flooded = spawn(system, "flooded", recorder(seen), { normalMax: 10_000 });
    const other = spawn(system, "other", recorder(seen), mail);
    for (let n = 0; n < 10_000; n++) flooded.tell("flood");
    other.tell("other");
    await vi.waitFor(() => expect(seen).toContain("other"), { timeout: 5_000, interval: 0 });
    await vi.waitFor(() => expect(seen).toHaveLength(10_001), soon);
    expect(seen.indexOf("other")).toBeLessThan(200);
  });

  it("handles one message at a time, also when handlers are asynchronous", async () => {
    const log: string[] = [];
    const actor = spawn(system, "a", recorder(log), mail);
    const slow = (name: string) => async () => {
      log.push(`${name} begins`);
      await nextTurn();
      log.push(`${name} ends`);
    };
    actor.tell(slow("1"));
    actor.tell(slow("2"));
    actor.tell("3");
    await vi.waitFor(() => expect(log).toContain("3"), soon);
    expect(log).toEqual(["1 begins", "1 ends", "2 begins", "2 ends", "3"]);
  });

  it("waits for an asynchronous init", async () => {
    const started = gate();
    const log: string[] = [];
    const actor = spawn(system, "a", { ...recorder(log), init: () => started.wait.then(() => 5) }, mail);
    actor.tell("first");
    await nextTurn();
    await nextTurn();
    expect(log).toEqual([]);
    started.open();
    await vi.waitFor(() => expect(log).toEqual(["first"]), soon);
    await actor.stop();
    expect(log).toEqual(["first", "clean-up after 6"]);
  });
});

class ForgedReference {
  readonly id = "forged.0";
  readonly name = "forged";
  readonly stopped = new Promise<never>(() => {});
  readonly tell = () => "queued" as const;
  readonly urgent = () => "queued" as const;
  readonly interrupt = () => {};
  readonly depth = () => 0;
  readonly stop = () => Promise.resolve();
}

describe("references", () => {
  it("has unique ids for equal names, and refuses names that nact would", () => {
    const ids = ["same", "same", "same"].map((name) => spawn(system, name, recorder([]), mail).id);
    expect(new Set(ids).size).toBe(3);
    expect(() => spawn(system, "a:b", recorder([]), mail)).toThrow(/name/);
  });

  it("accepts an actor that takes more, never one that takes less", () => {
    const wide = spawn<string | number, null>(system, "a", { init: () => null, handle: (s) => s }, mail);
    const narrow: ActorRef<string> = wide;
    expect(narrow.tell("text")).toBe("queued");
    expectTypeOf(wide).toExtend<ActorRef<string>>();
    expectTypeOf(narrow).not.toExtend<ActorRef<string | number>>();
    // @ts-expect-error a message of another type
    narrow.tell(5);
    // @ts-expect-error a look-alike is no reference
    const forged: ActorRef<string> = new ForgedReference();
    expect(forged).toBeDefined();
  });
});

describe("stop", () => {
  it("stops the tree leaves first and runs each clean-up once, whoever asks how often", async () => {
    const log: string[] = [];
    const leaf = (name: string): Behaviour<never, null> => ({
      init: () => null,
      handle: (state) => state,
      stopping: async () => {
        await nextTurn();
        log.push(name);
      },
    });
    let started = 0;
    const middle: Behaviour<never, null> = {
      ...leaf("middle"),
      init: (context) => {
        context.spawn("leaf", { ...leaf("leaf"), init: () => (started++, null) }, mail);
        return null;
      },
    };
    const root = spawn(system, "root", leaf("root"), mail);
    const child = spawn(root, "middle", middle, mail);
    await vi.waitFor(() => expect(started).toBe(1), soon);
    await Promise.all([root.stop(), child.stop(), root.stop()]);
    await root.stop();
    expect(log).toEqual(["leaf", "middle", "root"]);
    expect(await root.stopped).toEqual({ type: "requested" });
    expect(await child.stopped).toEqual({ type: "parent" });
  });

  it("aborts the running handler, waits for it, and cleans up the state that it left", async () => {
    const log: string[] = [];
    const actor = spawn<string, string>(
      system,
      "a",
      {
        init: () => "initial",
        handle: (_state, message, { signal }) =>
          new Promise((resolve) => {
            log.push(message);
            signal.addEventListener("abort", () => void setImmediate(() => resolve("state of the handler")));
          }),
        stopping: (state, reason) => void log.push(state, reason.type),
      },
      mail,
    );
    actor.tell("running");
    actor.tell("never handled");
    await vi.waitFor(() => expect(log).toEqual(["running"]), soon);
    await actor.stop();
    expect(log).toEqual(["running", "state of the handler", "requested"]);
  });

  it("leaves a handler behind that outlasts the bound, and reports it", async () => {
    const hold = gate();
    const log: string[] = [];
    const actor = spawn(system, "a", recorder(log), { ...mail, stopMsMax: 5 });
    let running = false;
    actor.tell(() => ((running = true), hold.wait));
    await vi.waitFor(() => expect(running).toBe(true), soon);
    await actor.stop();
    expect(log).toEqual(["clean-up after 0"]);
    hold.open();
    await nextTurn();
    expect(log).toEqual(["clean-up after 0"]);
    expect(crashes.splice(0)).toMatchObject([{ during: "overrun", error: { code: "ERR_TIMEOUT" } }]);
  });

  it("cleans up a state that init makes too late", async () => {
    const hold = gate();
    const log: string[] = [];
    const init = () => (log.push("init"), hold.wait.then(() => 7));
    const actor = spawn(system, "a", { ...recorder(log), init }, { ...mail, stopMsMax: 5 });
    await vi.waitFor(() => expect(log).toEqual(["init"]), soon);
    await actor.stop();
    expect(log).toEqual(["init"]);
    hold.open();
    await vi.waitFor(() => expect(log).toEqual(["init", "clean-up after 7"]), soon);
    expect(crashes.splice(0)).toMatchObject([{ during: "overrun" }]);
  });

  it("bounds a clean-up that never ends", async () => {
    const actor = spawn<string, null>(
      system,
      "a",
      { init: () => null, handle: (state) => state, stopping: () => new Promise(() => {}) },
      { ...mail, stopMsMax: 5 },
    );
    actor.tell("start");
    await vi.waitFor(() => expect(actor.depth()).toBe(0), soon);
    await actor.stop();
    expect(crashes.splice(0)).toMatchObject([{ during: "overrun" }]);
  });

  it("can be asked for by the actor's own handler", async () => {
    const log: string[] = [];
    const actor = spawn(system, "a", recorder(log), mail);
    actor.tell(() => void actor.stop());
    actor.tell("never handled");
    await actor.stopped;
    expect(log).toEqual(["clean-up after 1"]);
  });

  it("refuses children of an actor that has ended, also from work it left behind", async () => {
    const actor = spawn(system, "a", recorder([]), mail);
    await actor.stop();
    expect(() => spawn(actor, "child", recorder([]), mail)).toThrow(
      expect.objectContaining({ code: "ERR_CLOSED" }),
    );
  });

  it("ends a whole system, which then takes no more actors", async () => {
    const log: string[] = [];
    const other = createActorSystem();
    const actor = spawn(other, "a", recorder(log), mail);
    actor.tell("one");
    await vi.waitFor(() => expect(log).toEqual(["one"]), soon);
    await Promise.all([other.stop(), other.stop()]);
    expect(log).toEqual(["one", "clean-up after 1"]);
    expect(await actor.stopped).toEqual({ type: "parent" });
    expect(() => spawn(other, "b", recorder(log), mail)).toThrow(ParleyError);
  });
});
