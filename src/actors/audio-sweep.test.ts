import { expect, it, onTestFinished } from "vitest";
import { FakeClock } from "../../test/contracts/fake-clock.ts";
import { startAudioSweep } from "./audio-sweep.ts";
import type { AudioRetention } from "../persistence/store.ts";

const day = 86_400_000;

/** Blocks by the time at which they were written, and a store that deletes two of them in one call. */
function world(retention: AudioRetention, ages: readonly number[]) {
  const clock = new FakeClock();
  let blocks = ages.map((age) => clock.now() - age);
  let failures = 0;
  const calls: number[] = [];
  const store = {
    fails: 0,
    deleteAudioBefore: async (at: number): Promise<"more" | "done"> => {
      calls.push(at);
      if (store.fails-- > 0) throw new Error("away");
      const old = blocks.filter((block) => block < at).slice(0, 2);
      blocks = blocks.filter((block) => !old.includes(block));
      return old.length < 2 ? "done" : "more";
    },
  };
  const start = () => {
    const sweep = startAudioSweep({ store, retention, clock, onError: () => void (failures += 1) });
    onTestFinished(() => sweep.close());
    return sweep;
  };
  return {
    clock,
    store,
    calls,
    start,
    write: () => void blocks.push(clock.now()),
    count: () => blocks.length,
    failures: () => failures,
    /** Lets time go on and everything happen that is due. */
    run: async (ms: number) => {
      for (let step = 0; step < 40; step += 1) {
        clock.advance(ms / 40);
        await new Promise(setImmediate);
      }
    },
  };
}

const ages = [5, 4, 3.5, 3, 1].map((days) => days * day);

it("[RET-3] deletes audio that is older than it may be, a part at a time, and goes on looking", async () => {
  const { start, run, count, clock, calls } = world({ ms: 2 * day }, ages);
  start();
  await run(1_000);
  expect(count()).toBe(1);
  expect(calls).toHaveLength(3);
  clock.advance(day - 120_000);
  await run(60_000);
  expect(count()).toBe(1);
  await run(180_000);
  expect(count()).toBe(0);
});

it.each(["session", "none"] as const)(
  "[RET-1] deletes what an earlier run left behind, and nothing of this one (%s)",
  async (retention) => {
    const { start, run, count, write, calls } = world(retention, ages);
    start();
    write();
    await run(1_000);
    expect(count()).toBe(1);
    const looked = calls.length;
    await run(600_000);
    expect(calls).toHaveLength(looked);
    expect(count()).toBe(1);
  },
);

it("deletes nothing that is kept for ever", async () => {
  const { start, run, count, calls } = world("forever", ages);
  start();
  await run(600_000);
  expect(count()).toBe(5);
  expect(calls).toEqual([]);
});

it("tries again after a failure, and stops between two deletions", async () => {
  const { start, run, count, store, failures, calls } = world("session", ages);
  store.fails = 1;
  const sweep = start();
  await run(1_000);
  expect([count(), failures()]).toEqual([5, 1]);
  await run(59_100);
  await sweep.close();
  const left = count();
  expect(left).toBeLessThan(5);
  const looked = calls.length;
  await run(600_000);
  expect([count(), calls.length]).toEqual([left, looked]);
});
