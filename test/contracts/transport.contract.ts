import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newNodeId, randomToken } from "../../src/lib/ids.ts";
import type { NodeInfo, Transport } from "../../src/transport/transport.ts";
import { newKey, owner, record } from "./records.ts";
import { ackCases, boundCases, deadLetterCases, queueCases } from "./transport-jobs.ts";
import { publishCases, recentCases, requestCases } from "./transport-messages.ts";
import { bytes, never, newJob } from "./transport-support.ts";

/** A transport with nothing in its queues, and what ends it; several may follow each other on one server. */
export interface TransportWorld {
  readonly transport: Transport;
  destroy(): Promise<void>;
}

/** Every behaviour of the `Transport` port, in real time. Adapters pass it as it is. */
export function transportContract(name: string, createWorld: () => Promise<TransportWorld>): void {
  describe(`[TRN-1] transport: ${name}`, () => {
    let world: TransportWorld;
    beforeEach(async () => {
      world = await createWorld();
    });
    afterEach(async () => {
      await world.transport.close();
      await world.destroy();
    });
    const current = (): Transport => world.transport;
    describe("publish and subscribe", () => {
      publishCases(current);
    });
    describe("request and respond", () => {
      requestCases(current);
    });
    describe("recent", () => {
      recentCases(current);
    });
    describe("work queues", () => {
      queueCases(current);
      ackCases(current);
      boundCases(current);
    });
    describe("dead letters", () => {
      deadLetterCases(current);
    });
    describe("session log", () => {
      logCases(current);
    });
    describe("nodes", () => {
      nodeCases(current);
    });
    describe("close", () => {
      closeCases(current);
    });
  });
}

function logCases(transport: () => Transport): void {
  it("appends right after the expected record and refuses anything else", async () => {
    const { log } = transport();
    const { tenant, session } = newKey();
    const first = await log.append(tenant, session, record([owner()], { n: 1, prev: 0 }), 0);
    const sequence = first.outcome === "appended" ? first.sequence : 0;
    expect(first).toEqual({ outcome: "appended", sequence: expect.any(Number) });
    for (const expected of [0, sequence + 1])
      expect(await log.append(tenant, session, record([owner()]), expected)).toEqual({ outcome: "refused" });
    expect(await log.append(tenant, session, record([{ type: "alive" }]), sequence)).toMatchObject({
      outcome: "appended",
    });
  });

  it("shows the last record, never a stale one, and each by its sequence", async () => {
    const { log } = transport();
    const { tenant, session } = newKey();
    expect(await log.last(tenant, session)).toBeUndefined();
    for (let n = 1, last = 0; n <= 10; n += 1) {
      const appended = record([{ type: "alive" }], { n, prev: last });
      const outcome = await log.append(tenant, session, appended, last);
      last = outcome.outcome === "appended" ? outcome.sequence : Number.NaN;
      const logged = { sequence: last, tenant, session, record: new Uint8Array(appended) };
      expect(await log.last(tenant, session)).toEqual(logged);
      expect(await log.read(last)).toEqual(logged);
    }
  });

  it("lets one of many racers win", async () => {
    const { log } = transport();
    const { tenant, session } = newKey();
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, () => log.append(tenant, session, record([owner()]), 0)),
    );
    expect(outcomes.filter(({ outcome }) => outcome === "appended")).toHaveLength(1);
  });

  it("erases the records of a purged session only", async () => {
    const { log } = transport();
    const [purged, kept] = [newKey(), newKey()];
    for (const { tenant, session } of [purged, kept]) await log.append(tenant, session, record([owner()]), 0);
    const last = await log.last(purged.tenant, purged.session);
    await log.purge(purged.tenant, purged.session);
    expect(await log.last(purged.tenant, purged.session)).toBeUndefined();
    expect(await log.read(last?.sequence ?? 0)).toBeUndefined();
    expect(await log.last(kept.tenant, kept.session)).toBeDefined();
  });
}

function nodeCases(transport: () => Transport): void {
  const node = (): NodeInfo => ({ id: newNodeId(), version: "1.0.0", roles: ["stt"], load: 0, sessions: 0 });

  it("lists who joined, with the latest load, until it leaves", async () => {
    const { nodes } = transport();
    const [one, other] = [node(), node()];
    const lease = await nodes.join(one);
    await nodes.join(other);
    await expect.poll(() => nodes.list()).toHaveLength(2);
    lease.update({ load: 0.5, sessions: 3 });
    await expect
      .poll(async () => (await nodes.list()).find(({ id }) => id === one.id), { timeout: 3_000 })
      .toEqual({ ...one, load: 0.5, sessions: 3 });
    await lease.leave();
    await expect.poll(() => nodes.list(), { timeout: 3_000 }).toEqual([other]);
  });

  it("renews a lease for as long as the node is there", async () => {
    const { nodes } = transport();
    const info = node();
    const lease = await nodes.join(info);
    expect(await Promise.race([lease.lost.then(() => "lost"), never(7_000)])).toBe("nothing");
    expect(await nodes.list()).toEqual([info]);
  });
}

function closeCases(transport: () => Transport): void {
  it("ends waiting consumers with nothing, now and later", async () => {
    const closing = transport();
    const consumer = closing.jobs.consume("stt");
    const waiting = consumer.next(new AbortController().signal);
    await closing.close();
    expect(await waiting).toBeUndefined();
    expect(await consumer.next(new AbortController().signal)).toBeUndefined();
  });

  it("rejects calls in flight", async () => {
    const closing = transport();
    const subject = `v1.ask.${randomToken()}`;
    await closing.respond(subject, () => new Promise(() => {})).ready;
    const request = closing.request(subject, bytes("?"), 60_000);
    const [outcome] = await Promise.allSettled([request, closing.close()]);
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "ERR_CLOSED" } });
  });

  it("settles an append in flight", async () => {
    const closing = transport();
    const { tenant, session } = newKey();
    const append = closing.log.append(tenant, session, record([owner()]), 0);
    const outcome = append.catch((error: unknown) => error);
    await closing.close();
    const settled = await outcome; // it may have been in time
    expect([{ outcome: "appended" }, { code: "ERR_CLOSED" }]).toContainEqual(
      settled instanceof Error
        ? { code: (settled as Error & { code: string }).code }
        : { outcome: "appended" },
    );
  });

  it("delivers nothing any more and takes publishes in silence", async () => {
    const closing = transport();
    const subject = `v1.out.${randomToken()}`;
    const seen: string[] = [];
    await closing.subscribe(subject, () => seen.push("message")).ready;
    await closing.close();
    closing.publish(subject, bytes("late"));
    expect(await never(200)).toBe("nothing");
    expect(seen).toEqual([]);
  });

  it("refuses what comes later with ERR_CLOSED, and closes twice without harm", async () => {
    const closing = transport();
    const job = newJob("stt");
    await closing.jobs.publish(job.subject, job.id, bytes("job"));
    const delivery = await closing.jobs.consume("stt").next(new AbortController().signal);
    await Promise.all([closing.close(), closing.close()]);
    await closing.close();
    const { tenant, session } = newKey();
    const closed = { code: "ERR_CLOSED" };
    await expect(closing.jobs.publish(job.subject, "id", bytes(""))).rejects.toMatchObject(closed);
    await expect(closing.jobs.purge(job.subject)).rejects.toMatchObject(closed);
    await expect(closing.jobs.depth("stt")).rejects.toMatchObject(closed);
    await expect(closing.log.append(tenant, session, record([owner()]), 0)).rejects.toMatchObject(closed);
    await expect(closing.log.last(tenant, session)).rejects.toMatchObject(closed);
    await expect(closing.log.read(1)).rejects.toMatchObject(closed);
    await expect(closing.log.purge(tenant, session)).rejects.toMatchObject(closed);
    await expect(closing.nodes.list()).rejects.toMatchObject(closed);
    await expect(closing.deadLetters.list(1)).rejects.toMatchObject(closed);
    await expect(closing.deadLetters.replay("id")).rejects.toMatchObject(closed);
    await expect(closing.request("v1.ask.x", bytes(""), 50)).rejects.toMatchObject(closed);
    await expect(closing.recent("v1.out.x")).rejects.toMatchObject(closed);
    await expect(delivery?.ack()).rejects.toMatchObject(closed);
    await expect(delivery?.deadLetter("late")).rejects.toMatchObject(closed);
    expect(() => closing.subscribe("v1.out.x", () => {})).toThrow(expect.objectContaining(closed));
    expect(() => closing.respond("v1.ask.x", () => undefined)).toThrow(expect.objectContaining(closed));
  });
}
