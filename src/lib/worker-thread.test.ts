import { afterEach, describe, expect, it } from "vitest";
import type { EchoRequest } from "../../test/support/echo-worker.ts";
import { startWorker, type WorkerHandle, type WorkerOptions } from "./worker-thread.ts";

type Echo = WorkerHandle<EchoRequest, Uint8Array>;
const entry = new URL("../../test/support/echo-worker.ts", import.meta.url);
const running: Echo[] = [];

async function start(options: Partial<WorkerOptions> = {}, url = entry): Promise<Echo> {
  const echo = await startWorker<EchoRequest, Uint8Array>(url, {
    name: "echo",
    failsWith: "ERR_STORE",
    pendingMax: 8,
    data: { broken: false },
    ...options,
  });
  running.push(echo);
  return echo;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((echo) => echo.close()));
});

describe("worker thread", () => {
  it("answers each call with its own answer, also when they end in another order", async () => {
    const echo = await start();
    const order: string[] = [];
    const slow = echo.call({ do: "wait", ms: 50 }).then(() => order.push("slow"));
    const fast = echo.call({ do: "echo", bytes: new Uint8Array([1, 2]) }).then((bytes) => {
      order.push("fast");
      expect(bytes).toEqual(new Uint8Array([1, 2]));
    });
    expect(echo.pending).toBe(2);
    await Promise.all([slow, fast]);
    expect(order).toEqual(["fast", "slow"]);
    expect(echo.pending).toBe(0);
  });

  it("answers each call of a gathered message with its own answer, failures and transfers among them", async () => {
    const echo = await start({ gathers: true });
    const bytes = new Uint8Array([1, 2]);
    const answers = await Promise.allSettled([
      echo.call({ do: "echo", bytes }, [bytes.buffer]),
      echo.call({ do: "refuse" }),
      echo.call({ do: "echo", bytes: new Uint8Array([3]) }),
    ]);
    expect(answers).toMatchObject([
      { value: new Uint8Array([1, 2]) },
      { reason: { code: "ERR_BAD_INPUT" } },
      { value: new Uint8Array([3]) },
    ]);
    expect(bytes.byteLength).toBe(0);
  });

  it("fails the one call that cannot be sent, and no other of its message", async () => {
    const echo = await start({ gathers: true });
    const bytes = new Uint8Array([1, 2]);
    const answers = await Promise.allSettled([
      echo.call({ do: "echo", bytes }, [bytes.buffer]),
      echo.call({ do: "echo", bytes }, [bytes.buffer]), // a buffer cannot be moved twice
      echo.call({ do: "echo", bytes: (() => {}) as never }),
      echo.call({ do: "echo", bytes: new Uint8Array([3]) }),
    ]);
    expect(answers).toMatchObject([
      { value: new Uint8Array([1, 2]) },
      { value: new Uint8Array([1, 2]) },
      { reason: { code: "ERR_STORE" } },
      { value: new Uint8Array([3]) },
    ]);
    expect(echo.pending).toBe(0);
  });

  it("makes a call that can wait with the next one, before it, and in the end without one", async () => {
    const echo = await start({ gathers: true });
    const order: string[] = [];
    const ask = (name: string, when: "now" | "soon") =>
      echo.call({ do: "echo", bytes: new Uint8Array([1]) }, [], when).then(() => order.push(name));
    await Promise.all([ask("first", "soon"), ask("second", "now")]);
    expect(order).toEqual(["first", "second"]);
    await ask("third", "soon");
    expect(order).toEqual(["first", "second", "third"]);
  });

  it("still makes the calls that were gathered when it is closed", async () => {
    const echo = await start({ gathers: true });
    const answer = echo.call({ do: "echo", bytes: new Uint8Array([1]) });
    await echo.close();
    expect(await answer).toEqual(new Uint8Array([1]));
  });

  it("moves transferred buffers instead of copying them", async () => {
    const echo = await start();
    const bytes = new Uint8Array(1_000_000).fill(7);
    const answer = echo.call({ do: "echo", bytes }, [bytes.buffer]);
    expect(bytes.byteLength).toBe(0);
    expect((await answer).byteLength).toBe(1_000_000);
  });

  it("hands the worker's errors over with their code, others with failsWith, and serves on", async () => {
    const echo = await start();
    await expect(echo.call({ do: "refuse" })).rejects.toMatchObject({
      code: "ERR_BAD_INPUT",
      message: "refused",
    });
    await expect(echo.call({ do: "throw" })).rejects.toMatchObject({
      code: "ERR_STORE",
      message: "worker echo failed",
      cause: { message: "threw" },
    });
    await expect(echo.call({ do: "wait", ms: 0 })).resolves.toBeDefined();
  });

  it.each(["crash", "exit"] as const)(
    "rejects what is pending and what comes later after %s",
    async (how) => {
      const echo = await start();
      const outcomes = await Promise.allSettled([
        echo.call({ do: "wait", ms: 60_000 }),
        echo.call({ do: how }),
      ]);
      for (const outcome of outcomes)
        expect(outcome).toMatchObject({ status: "rejected", reason: { code: "ERR_STORE" } });
      await expect(echo.call({ do: "wait", ms: 0 })).rejects.toMatchObject({ code: "ERR_STORE" });
      await expect(echo.ended).resolves.toMatchObject({ code: "ERR_STORE" });
    },
  );

  it("refuses calls above pendingMax", async () => {
    const echo = await start({ pendingMax: 1 });
    const first = echo.call({ do: "wait", ms: 20 });
    await expect(echo.call({ do: "wait", ms: 0 })).rejects.toMatchObject({ code: "ERR_BUSY" });
    await first;
    await echo.call({ do: "wait", ms: 0 });
  });

  it("gives a call up after callMsMax and counts it as pending until it is answered", async () => {
    const echo = await start({ callMsMax: 20 });
    const late = echo.call({ do: "wait", ms: 200 });
    await expect(late).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    expect(echo.pending).toBe(1);
    await expect.poll(() => echo.pending).toBe(0);
  });

  it("lets pending calls finish on close and refuses new ones", async () => {
    const echo = await start();
    const accepted = echo.call({ do: "wait", ms: 50 });
    const closed = Promise.all([echo.close(), echo.close()]);
    await expect(echo.call({ do: "wait", ms: 0 })).rejects.toMatchObject({ code: "ERR_CLOSED" });
    await closed;
    await expect(accepted).resolves.toBeDefined();
    await expect(echo.ended).resolves.toBeUndefined();
  });

  it("terminates a worker that does not end within closeMsMax", async () => {
    const echo = await start({ closeMsMax: 50 });
    const [stuck] = await Promise.allSettled([echo.call({ do: "block" }), echo.close()]);
    expect(stuck).toMatchObject({ reason: { code: "ERR_CLOSED" } });
  });

  it("fails to start with the error of setup, or when the entry cannot be loaded", async () => {
    await expect(start({ data: { broken: true } })).rejects.toMatchObject({ code: "ERR_MODELS" });
    const missing = new URL("./missing.ts", import.meta.url);
    await expect(start({}, missing)).rejects.toMatchObject({ code: "ERR_STORE" });
  });
});
