import { expect, it } from "vitest";
import { ackWaitMs, type Delivery, type Transport, workingEveryMs } from "../../src/transport/transport.ts";
import { bytes, newJob, take, takeIfAny, words } from "./transport-support.ts";

/** Longer than a job in flight may stay silent. */
const pastAckWaitMs = ackWaitMs + 1_000;
/** Timers of different machines differ by this at most, ms. */
const slackMs = 100;

export function queueCases(transport: () => Transport): void {
  it("delivers jobs in the order in which they were published", async () => {
    const jobs = Array.from({ length: 20 }, () => newJob("llm"));
    for (const { subject, id } of jobs)
      expect(await transport().jobs.publish(subject, id, bytes(`for ${id}`))).toBe("accepted");
    for (const { subject, id } of jobs) {
      const delivery = await take(transport(), "llm");
      expect(delivery).toMatchObject({ subject, id, count: 1 });
      expect(words(delivery.payload)).toBe(`for ${id}`);
      await delivery.ack();
    }
  });

  it("gives each job to one of the consumers that wait", async () => {
    const waiting = Array.from({ length: 5 }, () => take(transport(), "stt"));
    const jobs = Array.from({ length: 5 }, () => newJob("stt"));
    for (const { subject, id } of jobs) await transport().jobs.publish(subject, id, bytes("x"));
    const deliveries = await Promise.all(waiting);
    expect(deliveries.map(({ id }) => id).sort()).toEqual(jobs.map(({ id }) => id).sort());
    await Promise.all(deliveries.map((delivery) => delivery.ack()));
    expect(await takeIfAny(transport(), "stt", 200)).toBeUndefined();
  });

  it("keeps the queues apart", async () => {
    const [first, later] = [newJob("tts1"), newJob("tts")];
    await transport().jobs.publish(later.subject, later.id, bytes("x"));
    expect(await takeIfAny(transport(), "tts1", 200)).toBeUndefined();
    await transport().jobs.publish(first.subject, first.id, bytes("x"));
    expect((await take(transport(), "tts1")).id).toBe(first.id);
    expect((await take(transport(), "tts")).id).toBe(later.id);
  });

  it("ends a wait whose signal fires, or has fired, and loses no job to it", async () => {
    const consumer = transport().jobs.consume("tool");
    const aborting = new AbortController();
    const waiting = consumer.next(aborting.signal);
    aborting.abort();
    expect(await waiting).toBeUndefined();
    const { subject, id } = newJob("tool");
    await transport().jobs.publish(subject, id, bytes("x"));
    expect(await consumer.next(AbortSignal.abort())).toBeUndefined();
    expect(await take(transport(), "tool")).toMatchObject({ id, count: 1 });
  });

  it("tells how many jobs wait and how old the oldest is", async () => {
    const { jobs } = transport();
    expect(await jobs.depth("stt")).toEqual({ waiting: 0, oldestMs: 0 });
    for (const { subject, id } of [newJob("stt"), newJob("stt")]) await jobs.publish(subject, id, bytes("x"));
    await expect.poll(async () => (await jobs.depth("stt")).waiting).toBe(2);
    await expect
      .poll(async () => (await jobs.depth("stt")).oldestMs, { timeout: 5_000 })
      .toBeGreaterThan(300);
    expect((await jobs.depth("llm")).waiting).toBe(0);
    await take(transport(), "stt");
    await expect.poll(async () => (await jobs.depth("stt")).waiting).toBe(1);
  });
}

export function ackCases(transport: () => Transport): void {
  it("delivers a job again, to anyone, when nothing was heard of it for the ack-wait", async () => {
    const { subject, id } = newJob("stt");
    await transport().jobs.publish(subject, id, bytes("job"));
    const first = await take(transport(), "stt");
    const since = performance.now();
    const second = await take(transport(), "stt");
    expect(performance.now() - since).toBeGreaterThan(ackWaitMs - slackMs);
    expect(second).toMatchObject({ subject, id, count: 2 });
    expect(words(second.payload)).toBe("job");
    await second.ack();
    await first.ack();
  });

  it("delivers an acknowledged job never again", async () => {
    const { subject, id } = newJob("stt");
    await transport().jobs.publish(subject, id, bytes("x"));
    const delivery = await take(transport(), "stt");
    await delivery.ack();
    await delivery.ack();
    delivery.nak(0);
    delivery.working();
    expect(await takeIfAny(transport(), "stt", pastAckWaitMs)).toBeUndefined();
  });

  it("believes an acknowledgement that comes after the job was delivered again", async () => {
    const { subject, id } = newJob("stt");
    await transport().jobs.publish(subject, id, bytes("x"));
    const first = await take(transport(), "stt");
    const second = await take(transport(), "stt");
    await first.ack();
    second.nak(0);
    expect(await takeIfAny(transport(), "stt", pastAckWaitMs)).toBeUndefined();
  });

  it("starts the ack-wait anew with each working()", async () => {
    const { subject, id } = newJob("llm");
    await transport().jobs.publish(subject, id, bytes("x"));
    const delivery = await take(transport(), "llm");
    const keepAlive = setInterval(() => delivery.working(), workingEveryMs);
    try {
      expect(await takeIfAny(transport(), "llm", 2 * pastAckWaitMs)).toBeUndefined();
    } finally {
      clearInterval(keepAlive);
    }
    expect(await take(transport(), "llm")).toMatchObject({ id, count: 2 }); // silent from now on
  });

  it("delivers a job that was handed back again after the delay, not before", async () => {
    const { subject, id } = newJob("tts");
    await transport().jobs.publish(subject, id, bytes("x"));
    const first = await take(transport(), "tts");
    const since = performance.now();
    first.nak(ackWaitMs + 500); // longer than the ack-wait, which would bring it back earlier
    const second = await take(transport(), "tts");
    expect(performance.now() - since).toBeGreaterThan(ackWaitMs + 500 - slackMs);
    expect(second).toMatchObject({ id, count: 2 });
  });

  it("delivers a job that was handed back without delay before the ack-wait would", async () => {
    const { subject, id } = newJob("tts");
    await transport().jobs.publish(subject, id, bytes("x"));
    const since = performance.now();
    for (let count = 1; count <= 5; count += 1) {
      const delivery = await take(transport(), "tts");
      expect(delivery).toMatchObject({ id, count });
      delivery.nak(0);
    }
    expect(performance.now() - since).toBeLessThan(4 * ackWaitMs); // what four ack-waits would take
  });
}

export function boundCases(transport: () => Transport): void {
  it("finds a duplicate while its job waits, is being done, and after it was acknowledged", async () => {
    const { subject, id } = newJob("tts");
    const publish = (): Promise<string> => transport().jobs.publish(subject, id, bytes("x"));
    expect(await publish()).toBe("accepted");
    expect(await publish()).toBe("duplicate");
    const delivery = await take(transport(), "tts");
    expect(await publish()).toBe("duplicate");
    await delivery.ack();
    expect(await publish()).toBe("duplicate");
    expect(await takeIfAny(transport(), "tts", 200)).toBeUndefined();
  });

  it("is full at eight jobs of a subject that have not ended, for this subject only", async () => {
    const { subject } = newJob("tts");
    const publish = (id: string): Promise<string> => transport().jobs.publish(subject, id, bytes(id));
    const ids = Array.from({ length: 8 }, () => newJob("tts").id);
    for (const id of ids) expect(await publish(id)).toBe("accepted");
    const refused = newJob("tts").id;
    expect(await publish(refused)).toBe("full");
    expect(await publish(ids[0] ?? "")).toBe("duplicate");
    const other = newJob("tts");
    expect(await transport().jobs.publish(other.subject, other.id, bytes("x"))).toBe("accepted");
    const delivery = await take(transport(), "tts");
    expect(await publish(refused)).toBe("full");
    await delivery.ack();
    expect(await publish(refused)).toBe("accepted"); // a refused id is not a known one
  });

  it("purges what waits and what is being done, of one subject", async () => {
    const [purged, kept] = [newJob("llm"), newJob("llm")];
    const held = await publishAndTake(transport(), purged);
    for (const id of [newJob("llm").id, newJob("llm").id])
      await transport().jobs.publish(purged.subject, id, bytes("x"));
    await transport().jobs.publish(kept.subject, kept.id, bytes("x"));
    await transport().jobs.purge(purged.subject);
    const rest = await take(transport(), "llm");
    expect(rest.id).toBe(kept.id);
    await rest.ack();
    held.nak(0);
    expect(await takeIfAny(transport(), "llm", pastAckWaitMs)).toBeUndefined();
    await held.ack();
    for (let n = 0; n < 8; n += 1)
      expect(await transport().jobs.publish(purged.subject, newJob("llm").id, bytes("x"))).toBe("accepted");
  });

  it("purges all jobs below a subject that ends in `.>`, and no others", async () => {
    const [session, other] = [newJob("llm"), newJob("llm")];
    const below = (job: { subject: string }): string => job.subject.slice(0, job.subject.lastIndexOf("."));
    await transport().jobs.publish(`${below(session)}.one`, session.id, bytes("x"));
    await transport().jobs.publish(`${below(session)}.two`, newJob("llm").id, bytes("x"));
    await transport().jobs.publish(`${below(session)}x.one`, other.id, bytes("x"));
    await transport().jobs.purge(`${below(session)}.>`);
    const rest = await take(transport(), "llm");
    expect(rest.id).toBe(other.id);
    await rest.ack();
    expect(await takeIfAny(transport(), "llm", 200)).toBeUndefined();
  });

  it("purges a job that was handed back and waits for its delay", async () => {
    const job = newJob("llm");
    const held = await publishAndTake(transport(), job);
    held.nak(300);
    await transport().jobs.purge(job.subject);
    expect(await takeIfAny(transport(), "llm", 1_000)).toBeUndefined();
    expect(await transport().jobs.publish(job.subject, job.id, bytes("x"))).toBe("duplicate");
  });
}

export function deadLetterCases(transport: () => Transport): void {
  it("keeps dead jobs with their reason, newest first, and delivers them no more", async () => {
    const [one, other] = [newJob("tts"), newJob("tts")];
    await (await publishAndTake(transport(), one)).deadLetter("no voice");
    const twice = await publishAndTake(transport(), other);
    twice.nak(0);
    const dead = await take(transport(), "tts");
    await dead.deadLetter("three runs");
    await expect
      .poll(() => transport().deadLetters.list(10))
      .toEqual([
        {
          queue: "tts",
          ...other,
          payload: bytes("x"),
          deliveries: 2,
          reason: "three runs",
          at: expect.any(Number),
        },
        expect.objectContaining({ ...one, deliveries: 1, reason: "no voice" }),
      ]);
    expect(await transport().deadLetters.list(1)).toHaveLength(1);
    expect(await takeIfAny(transport(), "tts", pastAckWaitMs)).toBeUndefined();
  });

  it("puts a dead job back once, as a new job", async () => {
    const job = newJob("stt");
    await (await publishAndTake(transport(), job)).deadLetter("gave up");
    expect(await transport().deadLetters.replay("unknown")).toBe(false);
    expect(await transport().deadLetters.replay(job.id)).toBe(true);
    expect(await transport().deadLetters.replay(job.id)).toBe(false);
    const again = await take(transport(), "stt");
    expect(again).toMatchObject({ ...job, count: 1 });
    expect(words(again.payload)).toBe("x");
    await again.ack();
    expect(await transport().deadLetters.list(10)).toEqual([]);
  });
}

async function publishAndTake(
  transport: Transport,
  { subject, id }: { readonly subject: string; readonly id: string },
): Promise<Delivery> {
  await transport.jobs.publish(subject, id, bytes("x"));
  const queue = subject.split(".")[2] as Parameters<typeof take>[1];
  const delivery = await take(transport, queue);
  expect(delivery.id).toBe(id);
  return delivery;
}
