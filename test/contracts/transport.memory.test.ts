import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { newNodeId, newSessionId } from "../../src/lib/ids.ts";
import { openLibsqlStore } from "../../src/persistence/libsql/store.ts";
import type { Store } from "../../src/persistence/store.ts";
import {
  createMemoryTransport,
  type LogStore,
  type MemoryTransportOptions,
} from "../../src/transport/memory/transport.ts";
import { outSubject } from "../../src/transport/subjects.ts";
import { ackWaitMs, type Transport } from "../../src/transport/transport.ts";
import { FakeClock } from "./fake-clock.ts";
import { newKey } from "./records.ts";
import { bytes, newJob, words } from "./transport-support.ts";
import { transportContract } from "./transport.contract.ts";

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parley-transport-"));
  store = await openLibsqlStore({ path: join(folder, "parley.db") });
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

transportContract("memory", async () => ({
  transport: createMemoryTransport({ store, clock: systemClock, onError: () => {} }),
  destroy: async () => {},
}));

describe("memory transport in its own time", () => {
  let clock: FakeClock;
  let faults: string[];
  beforeEach(() => {
    clock = new FakeClock();
    faults = [];
  });
  const create = (options: Partial<MemoryTransportOptions> = {}): Transport =>
    createMemoryTransport({
      store,
      clock,
      onError: (error, subject) => faults.push(`${subject} ${String(error)}`),
      ...options,
    });
  const signal = new AbortController().signal;

  it("forgets an id when the duplicate window has passed, not before", async () => {
    const { jobs } = create();
    const { subject, id } = newJob("stt");
    await jobs.publish(subject, id, bytes("x"));
    await (await jobs.consume("stt").next(signal))?.ack();
    clock.advance(119_999);
    expect(await jobs.publish(subject, id, bytes("x"))).toBe("duplicate");
    clock.advance(1);
    expect(await jobs.publish(subject, id, bytes("x"))).toBe("accepted");
  });

  it("is full at its bound of jobs, and of bytes", async () => {
    const { jobs } = create({ jobsPerQueueMax: 2, bytesPerQueueMax: 10 });
    const publish = (size: number): Promise<string> => {
      const { subject, id } = newJob("stt");
      return jobs.publish(subject, id, new Uint8Array(size));
    };
    expect(await publish(11)).toBe("full");
    expect([await publish(5), await publish(5), await publish(0)]).toEqual(["accepted", "accepted", "full"]);
    await (await jobs.consume("stt").next(signal))?.ack();
    expect([await publish(6), await publish(5)]).toEqual(["full", "accepted"]);
  });

  it("delivers again exactly at the ack-wait, oldest first, and leaves no timer of a job that ended", async () => {
    const { jobs } = create();
    const published = [newJob("stt"), newJob("stt"), newJob("stt")];
    for (const { subject, id } of published) await jobs.publish(subject, id, bytes("x"));
    const consumer = jobs.consume("stt");
    for (const _ of published.slice(1)) await consumer.next(signal);
    clock.advance(ackWaitMs - 1);
    expect((await jobs.depth("stt")).waiting).toBe(1);
    clock.advance(1);
    for (const [index, count] of [2, 2, 1].entries()) {
      const delivery = await consumer.next(signal);
      expect(delivery).toMatchObject({ id: published[index]?.id, count });
      await delivery?.ack();
    }
    expect(clock.pending).toBe(0);
  });

  it("ignores working() and nak() of a delivery that has been superseded or handed back", async () => {
    const { jobs } = create();
    const { subject, id } = newJob("stt");
    await jobs.publish(subject, id, bytes("x"));
    const first = await jobs.consume("stt").next(signal);
    clock.advance(ackWaitMs);
    const second = await jobs.consume("stt").next(signal);
    clock.advance(ackWaitMs - 1);
    first?.working();
    first?.nak(60_000);
    clock.advance(1);
    const third = await jobs.consume("stt").next(signal);
    expect([second?.count, third?.count]).toEqual([2, 3]);
    third?.nak(100);
    third?.working();
    third?.nak(60_000);
    clock.advance(100);
    expect((await jobs.consume("stt").next(signal))?.count).toBe(4);
  });

  it("bounds the dead letters and keeps one whose queue is full", async () => {
    const { jobs, deadLetters } = create({ deadLettersMax: 2, jobsPerQueueMax: 1 });
    const dead = [newJob("stt"), newJob("stt"), newJob("stt")];
    for (const { subject, id } of dead) {
      await jobs.publish(subject, id, bytes("x"));
      await (await jobs.consume("stt").next(signal))?.deadLetter("gave up");
    }
    const kept = (await deadLetters.list(10)).map(({ id }) => id);
    expect(kept).toEqual([dead[2]?.id, dead[1]?.id]);
    const { subject, id } = newJob("stt");
    await jobs.publish(subject, id, bytes("x"));
    await expect(deadLetters.replay(kept[0] ?? "")).rejects.toMatchObject({ code: "ERR_BUSY" });
    expect(await deadLetters.list(10)).toHaveLength(2);
  });

  it("keeps recent messages for 20 s and within its bytes, discarding the oldest", async () => {
    const transport = create({ recentBytesMax: 10 });
    const [one, other] = [outSubject(newSessionId()), outSubject(newSessionId())];
    const recent = async (subject: string): Promise<string[]> =>
      (await transport.recent(subject)).map(({ payload }) => words(payload));
    transport.publish(one, bytes("1111"));
    clock.advance(10_000);
    transport.publish(other, bytes("22"));
    transport.publish(one, bytes("3333"));
    expect([await recent(one), await recent(other)]).toEqual([["1111", "3333"], ["22"]]);
    transport.publish(other, bytes("44"));
    expect([await recent(one), await recent(other)]).toEqual([["3333"], ["22", "44"]]);
    clock.advance(19_999);
    expect(await recent(one)).toEqual(["3333"]);
    clock.advance(1);
    expect([await recent(one), await recent(other)]).toEqual([[], []]);
  });

  it("keeps recent messages of any sizes whole while its memory grows and is used again", async () => {
    const bytesMax = 4 * 1_024 * 1_024;
    const transport = create({ recentBytesMax: bytesMax });
    const subject = outSubject(newSessionId());
    const sizes = Array.from({ length: 60 }, (_, i) => (i % 5 === 0 ? 700_000 : 1 + ((i * 7_919) % 90_000)));
    const sent: Uint8Array[] = [];
    for (const [i, size] of sizes.entries()) {
      const payload = new Uint8Array(size).fill(i + 1);
      sent.push(payload);
      transport.publish(subject, payload);
      const kept = await transport.recent(subject);
      const last = sent.slice(sent.length - kept.length);
      expect(kept.every((message, k) => Buffer.compare(message.payload, last[k]!) === 0)).toBe(true);
      const keptBytes = kept.reduce((sum, message) => sum + message.payload.length, 0);
      const sentBytes = sent.reduce((sum, one) => sum + one.length, 0);
      expect(keptBytes).toBeGreaterThanOrEqual(Math.min(sentBytes, bytesMax - 2 * 700_000));
    }
  });

  it("loses the lease of a node whose process stood still, and tells it", async () => {
    const { nodes } = create();
    const info = { id: newNodeId(), version: "1", roles: [], load: 0, sessions: 0 };
    const lease = await nodes.join(info);
    clock.advance(60_000);
    clock.freeze(3_000);
    expect(await nodes.list()).toEqual([info]);
    clock.freeze(2_000);
    expect(await nodes.list()).toEqual([]);
    clock.advance(0);
    await lease.lost;
    expect(clock.pending).toBe(0);
  });

  it("drops messages above its bound and says so, and reports what handlers throw", async () => {
    const transport = create({ undeliveredMax: 2 });
    const subject = outSubject(newSessionId());
    const seen: string[] = [];
    transport.subscribe(subject, ({ payload }) => {
      seen.push(words(payload));
      throw new RangeError("a fault");
    });
    for (const n of ["1", "2", "3"]) transport.publish(subject, bytes(n));
    await expect.poll(() => seen).toEqual(["1", "2"]);
    expect(faults).toEqual([
      `${subject} ParleyError: a message was dropped`,
      `${subject} RangeError: a fault`,
      `${subject} RangeError: a fault`,
    ]);
  });

  it("refuses what is no subject, no pattern, no job", async () => {
    const transport = create();
    for (const subject of ["", "a..b", "a.", ".a", "a b", "a.*", "a.>", "a*"])
      expect(() => transport.publish(subject, bytes("x"))).toThrow("no subject");
    for (const pattern of ["*.a", "a.*.b", "a.>.b", ">", "*", "a.b>", ""])
      expect(() => transport.subscribe(pattern, () => {})).toThrow(/no (subject|pattern)/);
    for (const subject of ["v1.job.xyz.s.r", "v1.job.stt.s", "v1.job.stt.s.r.x", "v1.out.stt.s.r"])
      await expect(transport.jobs.publish(subject, "id", bytes("x"))).rejects.toThrow("no job");
  });

  it("rejects an append in flight when it closes", async () => {
    const stuck = (): Promise<never> => new Promise(() => {});
    const logStore: LogStore = { appendLog: stuck, lastLog: stuck, readLog: stuck, purgeLog: stuck };
    const transport = create({ store: logStore });
    const { tenant, session } = newKey();
    const calls = Promise.allSettled([
      transport.log.append(tenant, session, bytes("x"), 0),
      transport.log.last(tenant, session),
      transport.log.read(1),
      transport.log.purge(tenant, session),
    ]);
    await transport.close();
    for (const outcome of await calls) expect(outcome).toMatchObject({ reason: { code: "ERR_CLOSED" } });
  });
});
