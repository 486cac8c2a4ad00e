import { afterEach, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import { FliteProcess } from "./child-process.ts";
import { FliteChild } from "./flite-child.ts";

const hello = { text: "Hello there.", stretch: 1, pauseMs: 0 };
let child: FliteChild | undefined;
afterEach(() => child?.close());

describe("FliteChild", () => {
  it(
    "fails what is pending when the process dies, and starts another for the next request",
    { timeout: 30_000 },
    async () => {
      child = new FliteChild(() => FliteProcess.start(systemClock), systemClock);
      const first = await child.running();
      const pending = first.speak({ ...hello, text: "A long sentence that goes on. ".repeat(5) });
      await Promise.all([expect(pending).rejects.toMatchObject({ code: "ERR_PROVIDER" }), first.kill()]);
      await expect(first.speak(hello)).rejects.toMatchObject({ code: "ERR_PROVIDER" });
      const second = await child.running();
      expect(second).not.toBe(first);
      expect((await second.speak(hello)).length).toBeGreaterThan(4_800);
    },
  );

  it("gives up for a while when the process dies again and again", async () => {
    let now = 0;
    let started = 0;
    const clock: Clock = { ...systemClock, monotonic: () => now };
    const start = (): Promise<FliteProcess> => {
      started++;
      return Promise.reject(new ParleyError("ERR_PROVIDER", "no"));
    };
    child = new FliteChild(start, clock);
    for (let n = 0; n < 9; n++) await expect(child.running()).rejects.toMatchObject({ code: "ERR_PROVIDER" });
    expect(started).toBe(6);
    now = 60_001;
    await expect(child.running()).rejects.toMatchObject({ code: "ERR_PROVIDER" });
    expect(started).toBe(7);
  });

  it("starts nothing once closed", async () => {
    child = new FliteChild(() => FliteProcess.start(systemClock), systemClock);
    await child.close();
    await expect(child.running()).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });
});
