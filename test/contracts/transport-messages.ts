import { expect, it } from "vitest";
import { newSessionId, randomToken } from "../../src/lib/ids.ts";
import { askSubject, cancelSubject, outSubject } from "../../src/transport/subjects.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { bytes, words } from "./transport-support.ts";

/** Subscribes and collects the payloads. */
async function collect(transport: Transport, subject: string): Promise<{ seen: string[]; close(): void }> {
  const seen: string[] = [];
  const subscription = transport.subscribe(subject, ({ payload }) => void seen.push(words(payload)));
  await subscription.ready;
  return { seen, close: () => subscription.close() };
}

export function publishCases(transport: () => Transport): void {
  it("delivers a message with its subject to every subscriber", async () => {
    const subject = outSubject(newSessionId());
    const seen: unknown[] = [];
    for (const name of ["a", "b"])
      await transport().subscribe(subject, (message) =>
        seen.push([name, message.subject, words(message.payload)]),
      ).ready;
    transport().publish(subject, bytes("hello"));
    await expect.poll(() => seen).toHaveLength(2);
    expect(seen).toEqual(
      expect.arrayContaining([
        ["a", subject, "hello"],
        ["b", subject, "hello"],
      ]),
    );
  });

  it("takes messages that nobody subscribed to, empty ones too", async () => {
    transport().publish(cancelSubject(newSessionId()), bytes("x"));
    const subject = cancelSubject(newSessionId());
    const { seen } = await collect(transport(), subject);
    transport().publish(subject, new Uint8Array());
    await expect.poll(() => seen).toEqual([""]);
  });

  it("never delivers before publish returned", async () => {
    const subject = outSubject(newSessionId());
    const { seen } = await collect(transport(), subject);
    const order: string[] = [];
    await transport().subscribe(subject, () => order.push("delivered")).ready;
    transport().publish(subject, bytes("x"));
    order.push("returned");
    await expect.poll(() => seen).toHaveLength(1);
    expect(order).toEqual(["returned", "delivered"]);
  });

  it("keeps the order of each subject, also when handlers publish", async () => {
    const subjects = Array.from({ length: 4 }, () => outSubject(newSessionId()));
    const collected = await Promise.all(subjects.map((subject) => collect(transport(), subject)));
    const first = subjects[0] ?? "";
    await transport().subscribe(subjects[1] ?? "", ({ payload }) => {
      if (words(payload) === "500") transport().publish(first, bytes("from a handler"));
    }).ready;
    const numbers = Array.from({ length: 1_000 }, (_, n) => String(n));
    for (const n of numbers) for (const subject of subjects) transport().publish(subject, bytes(n));
    await expect.poll(() => collected.map(({ seen }) => seen.length)).toEqual([1_001, 1_000, 1_000, 1_000]);
    for (const { seen } of collected) expect(seen.filter((one) => one !== "from a handler")).toEqual(numbers);
  });

  it("matches one token with * and one or more with >", async () => {
    const root = `v1.out.${randomToken()}`;
    const [one, many, exact] = await Promise.all(
      [`${root}.*`, `${root}.>`, `${root}.a`].map((subject) => collect(transport(), subject)),
    );
    const end = await collect(transport(), `${root}x.end`);
    for (const subject of [root, `${root}.a`, `${root}.b`, `${root}.a.b`, `${root}.a.b.c`, `${root}x.a`])
      transport().publish(subject, bytes(subject.slice(root.length)));
    transport().publish(`${root}x.end`, bytes("end"));
    await expect.poll(() => end.seen).toEqual(["end"]);
    await expect.poll(() => many?.seen).toEqual([".a", ".b", ".a.b", ".a.b.c"]);
    expect(one?.seen).toEqual([".a", ".b"]);
    expect(exact?.seen).toEqual([".a"]);
  });

  it("delivers what is published once ready has resolved, and nothing from before the subscription", async () => {
    const subject = outSubject(newSessionId());
    const early = await collect(transport(), subject);
    transport().publish(subject, bytes("before"));
    const late = await collect(transport(), subject);
    transport().publish(subject, bytes("after"));
    await expect.poll(() => early.seen).toEqual(["before", "after"]);
    await expect.poll(() => late.seen.at(-1)).toBe("after");
    await expect.poll(() => late.seen).toEqual(["after"]);
  });

  it("delivers nothing to a subscription once its close has returned, and all to the others", async () => {
    const subject = outSubject(newSessionId());
    const [closed, open] = [await collect(transport(), subject), await collect(transport(), subject)];
    transport().publish(subject, bytes("1"));
    closed.close();
    closed.close();
    transport().publish(subject, bytes("2"));
    await expect.poll(() => open.seen).toEqual(["1", "2"]);
    expect(closed.seen).toEqual([]);
  });

  it("delivers nothing to a subscription that another handler has just closed", async () => {
    const subject = outSubject(newSessionId());
    const seen: string[] = [];
    const subscriptions = ["a", "b"].map((name) =>
      transport().subscribe(subject, () => {
        seen.push(name);
        for (const subscription of subscriptions) subscription.close();
      }),
    );
    await Promise.all(subscriptions.map(({ ready }) => ready));
    const end = await collect(transport(), subject);
    transport().publish(subject, bytes("1"));
    transport().publish(subject, bytes("2"));
    await expect.poll(() => end.seen).toEqual(["1", "2"]);
    expect(seen).toHaveLength(1);
  });

  it("shields others and later messages from a handler that throws", async () => {
    const subject = outSubject(newSessionId());
    let thrown = 0;
    await transport().subscribe(subject, () => {
      thrown += 1;
      throw new Error("a fault of the handler");
    }).ready;
    const { seen } = await collect(transport(), subject);
    transport().publish(subject, bytes("1"));
    transport().publish(subject, bytes("2"));
    await expect.poll(() => seen).toEqual(["1", "2"]);
    await expect.poll(() => thrown).toBe(2);
  });
}

export function requestCases(transport: () => Transport): void {
  it("brings each answer to its request", async () => {
    const subject = askSubject(newSessionId());
    const answer = async (payload: Uint8Array): Promise<Uint8Array> => bytes(`re: ${words(payload)}`);
    await transport().respond(subject, answer).ready;
    const asked = Array.from({ length: 100 }, (_, n) => String(n));
    const answers = await Promise.all(asked.map((n) => transport().request(subject, bytes(n), 5_000)));
    expect(answers.map(words)).toEqual(asked.map((n) => `re: ${n}`));
  });

  it("says at once that there is no responder", async () => {
    const subject = askSubject(newSessionId());
    const none = { code: "ERR_NO_RESPONDER" };
    await expect(transport().request(subject, bytes("?"), 60_000)).rejects.toMatchObject(none);
    const responder = transport().respond(subject, () => bytes("!"));
    await responder.ready;
    expect(words(await transport().request(subject, bytes("?"), 5_000))).toBe("!");
    responder.close();
    responder.close();
    await expect(transport().request(subject, bytes("?"), 60_000)).rejects.toMatchObject(none);
  });

  it.each([
    [
      "answers too late",
      () => new Promise<Uint8Array>((resolve) => void setTimeout(resolve, 600, bytes("late"))),
    ],
    ["declines", () => undefined],
    [
      "throws",
      () => {
        throw new Error("a fault of the responder");
      },
    ],
    ["rejects", () => Promise.reject(new Error("a fault of the responder"))],
  ])("times out when the responder %s, and asks it again next time", async (_, respond) => {
    const subject = askSubject(newSessionId());
    let asked = 0;
    await transport().respond(subject, () => {
      asked += 1;
      return asked === 1 ? respond() : bytes("again");
    }).ready;
    const timedOut = { code: "ERR_TIMEOUT" };
    await expect(transport().request(subject, bytes("?"), 200)).rejects.toMatchObject(timedOut);
    expect(words(await transport().request(subject, bytes("?"), 5_000))).toBe("again");
  });

  it("asks the last responder that registered, and the one before it when that one is gone", async () => {
    const subject = askSubject(newSessionId());
    const ask = async (): Promise<string> => words(await transport().request(subject, bytes("?"), 5_000));
    await transport().respond(subject, () => bytes("first")).ready;
    const second = transport().respond(subject, () => bytes("second"));
    await second.ready;
    expect(await ask()).toBe("second");
    second.close();
    expect(await ask()).toBe("first");
  });
}

export function recentCases(transport: () => Transport): void {
  it("keeps what was published on v1.out, oldest first, subject by subject", async () => {
    const [subject, other] = [outSubject(newSessionId()), outSubject(newSessionId())];
    expect(await transport().recent(subject)).toEqual([]);
    for (const n of ["1", "2", "3"]) transport().publish(subject, bytes(n));
    transport().publish(other, bytes("other"));
    await expect
      .poll(async () => (await transport().recent(subject)).map(({ payload }) => words(payload)))
      .toEqual(["1", "2", "3"]);
    await expect.poll(() => transport().recent(other)).toHaveLength(1);
    expect((await transport().recent(other))[0]?.subject).toBe(other);
  });

  it("keeps nothing of other subjects", async () => {
    const [cancel, out] = [cancelSubject(newSessionId()), outSubject(newSessionId())];
    transport().publish(cancel, bytes("x"));
    transport().publish(out, bytes("x"));
    await expect.poll(() => transport().recent(out)).toHaveLength(1);
    expect(await transport().recent(cancel)).toEqual([]);
  });
}
