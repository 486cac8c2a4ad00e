import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Pacer, frameMs } from "./pacer.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

it("runs each client once a period, in the order of their phases", () => {
  const pacer = new Pacer();
  const ran: string[] = [];
  pacer.add(15, () => ran.push(`b ${performance.now()}`));
  pacer.add(3.7, () => ran.push(`a ${performance.now()}`));
  const begun = performance.now();
  pacer.start();
  vi.advanceTimersByTime(2 * frameMs - 1);
  pacer.stop();
  vi.advanceTimersByTime(10 * frameMs);
  const at = (ms: number): number => begun + ms;
  expect(ran).toEqual([`a ${at(3)}`, `b ${at(15)}`, `a ${at(23)}`, `b ${at(35)}`]);
});

it("catches up after the process was held up, and says how late it was", () => {
  let heldUpMs = 0;
  const now = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => now() + heldUpMs);
  const pacer = new Pacer();
  let ticks = 0;
  pacer.add(0, () => {
    ticks += 1;
    if (ticks === 2) heldUpMs = 70;
  });
  pacer.start();
  vi.advanceTimersByTime(500 - 70 - 1); // on top of the 70 ms that the second tick takes
  pacer.stop();
  expect(ticks).toBe(500 / frameMs);
  const late = pacer.takeLateness();
  expect(late.max).toBe(50);
  expect(late.percentile(50)).toBe(0);
  expect(pacer.takeLateness().count).toBe(0);
});
