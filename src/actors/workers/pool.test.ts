import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sttJob } from "../../../test/support/stt-job.ts";
import { systemClock } from "../../lib/clock.ts";
import { newSessionId } from "../../lib/ids.ts";
import type { ItemId } from "../../lib/ids.ts";
import { encodeJob } from "../../protocol/wire.ts";
import type { SttJob } from "../../protocol/wire.ts";
import { createLogger } from "../../telemetry/logs.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { createMemoryTransport } from "../../transport/memory/transport.ts";
import { jobSubject } from "../../transport/subjects.ts";
import type { JobConsumer, JobQueue, Transport } from "../../transport/transport.ts";
import { createActorSystem } from "../runtime/actor.ts";
import type { ActorSystem } from "../runtime/actor.ts";
import { startPool } from "./pool.ts";
import type { Pool } from "./pool.ts";
import type { Stage } from "./stage.ts";

const slots = 10;

let transport: Transport;
let system: ActorSystem;
let consumers: number;
/** Called when a job was delivered, before its slot knows of it. */
let delivered: () => void;
/** Ends the runs under way. */
let finish: (() => void)[];

/** The pool writes no log. */
const never = (): Promise<never> => Promise.reject(new Error("not used here"));
const noStore = { appendLog: never, lastLog: never, readLog: never, purgeLog: never };

const jobsOf = ({ jobs }: Transport): Omit<Transport["jobs"], "consume"> => ({
  publish: (subject, id, payload) => jobs.publish(subject, id, payload),
  purge: (subject) => jobs.purge(subject),
  depth: (queue) => jobs.depth(queue),
});

beforeEach(() => {
  const memory = createMemoryTransport({ store: noStore, clock: systemClock });
  const consume = (queue: JobQueue): JobConsumer => {
    consumers += 1;
    const consumer = memory.jobs.consume(queue);
    return {
      async next(signal) {
        const delivery = await consumer.next(signal);
        if (delivery !== undefined) delivered();
        return delivery;
      },
    };
  };
  transport = { ...memory, jobs: { ...jobsOf(memory), consume } };
  system = createActorSystem({ onCrash: () => {} });
  consumers = 0;
  delivered = () => {};
  finish = [];
});
afterEach(async () => {
  await transport.close();
  await system.stop();
});

/** A stage whose runs last until they are told to end. */
const stage: Stage<SttJob> = {
  name: "stt",
  provider: "patient",
  accepts: (job): job is SttJob => job.type === "stt",
  target: ({ item, end }) => ({ type: "stt", item, end }),
  part: ({ item }) => item,
  execute: async () => {
    await new Promise<void>((resolve) => finish.push(resolve));
    return { inputSize: 0, outputSize: 0 };
  },
  failed: ({ item, end }, run, code) => ({ type: "stt.failed", item, end, run, code }),
};

function start(): Pool {
  const metrics = createMetrics();
  const logger = createLogger({ level: "silent", pii: false });
  return startPool(
    system,
    stage,
    { stt: slots },
    {
      transport,
      clock: systemClock,
      logger,
      metrics,
      record: () => {},
    },
  );
}

async function publish(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const session = newSessionId();
    const item = "item_1" as ItemId;
    const job = encodeJob(sttJob(session, item));
    expect(await transport.jobs.publish(jobSubject("stt", session, item), session, job)).toBe("accepted");
  }
}

describe("the slots of a pool", () => {
  it("are opened as work comes, so that some are to spare, and no more than were asked for", async () => {
    const pool = start();
    await expect.poll(() => consumers).toBe(4);
    await publish(3);
    await expect.poll(() => finish.length).toBe(3);
    expect(consumers).toBe(7);
    await publish(20);
    await expect.poll(() => finish.length).toBe(slots);
    expect([consumers, pool.busy()]).toEqual([slots, slots]);
    expect(await transport.jobs.depth("stt")).toMatchObject({ waiting: 13 });
  });

  it("are not opened any more by a job that came just before the pool was stopped", async () => {
    const pool = start();
    await expect.poll(() => consumers).toBe(4);
    let stopped: Promise<void> | undefined;
    delivered = () => void (stopped ??= pool.stop());
    await publish(1);
    await expect.poll(() => stopped !== undefined).toBe(true);
    await stopped;
    expect(consumers).toBe(4);
  });
});
