import { describe, expect, it, vi } from "vitest";
import type { Clock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import { defaultTenant } from "../../lib/ids.ts";
import type { ItemId, NodeId, ResponseId, SessionId } from "../../lib/ids.ts";
import type { Item } from "../../protocol/items.ts";
import type { LogEntry } from "../../protocol/log-record.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import type { AppendOutcome } from "../../transport/transport.ts";
import { Outbox, groupsMax, logStallMsMax, waitingBytesMax } from "./outbox.ts";
import type { OutboxGroup } from "./outbox.ts";

const cleared: ServerEvent = { type: "input_audio_buffer.cleared" };
const response = "resp_1" as ResponseId;
const audio: ServerEvent = {
  type: "response.output_audio.delta",
  response_id: response,
  item_id: "item_1" as never,
  output_index: 0,
  content_index: 0,
  delta: new Uint8Array(2),
};

/** A clock whose timers run at once and whose time is set by the test. */
function bench(
  append: (n: number) => Promise<AppendOutcome>,
  takes: (n: number) => boolean = () => true,
  sees: (record: Uint8Array) => void = () => {},
) {
  let now = 0;
  let appends = 0;
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    after: (ms, fn) => {
      now += ms;
      setImmediate(fn);
      return () => {};
    },
  };
  const sent: string[] = [];
  const fates: string[] = [];
  let stalls = 0;
  const outbox = new Outbox({
    tenant: defaultTenant,
    session: "sess_1" as SessionId,
    node: "node_1" as NodeId,
    model: "parley",
    clock,
    log: {
      append: (_tenant, _session, record) => {
        sees(record);
        return append(appends++);
      },
      last: async () => undefined,
      read: async () => undefined,
      purge: async () => {},
    },
    send: (event) => {
      sent.push(event.type);
      return takes(sent.length);
    },
    logged: () => {},
    together: (sends) => sends(),
    stalled: () => (stalls += 1),
    lost: ({ code }) => fates.push(code),
  });
  return { outbox, sent, fates, stalls: () => stalls, now: () => now, appends: () => appends };
}

const appended = async (n: number): Promise<AppendOutcome> => ({ outcome: "appended", sequence: n + 1 });
const never = (): Promise<AppendOutcome> => new Promise(() => {});
const failing = async (): Promise<AppendOutcome> => {
  throw new ParleyError("ERR_STORE", "down");
};
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe("Outbox", () => {
  it("ends the session when more waits than it may hold, and says nothing more", async () => {
    const { outbox, sent, fates } = bench(never);
    for (let n = 0; n < groupsMax; n += 1) outbox.push({ log: [{ type: "alive" }], events: [cleared] });
    expect(fates).toEqual([]);
    outbox.push({ log: [], events: [cleared] });
    expect(fates).toEqual(["ERR_BUSY"]);
    outbox.push({ log: [], events: [cleared] });
    expect(sent).toEqual([]);
    await outbox.close("gone");
    expect(fates).toHaveLength(1);
  });

  it("ends the session when what waits is too large, whether the log or the client is slow", () => {
    const update = (): OutboxGroup => ({
      log: [{ type: "configured", config: { instructions: "x".repeat(700 * 1024) } }],
      events: [cleared],
    });
    const delta: OutboxGroup = { log: [], events: [{ ...audio, delta: new Uint8Array(1024 * 1024) }] };
    const updatesMany = Math.ceil(waitingBytesMax / (700 * 1024));
    const stalled = bench(never);
    for (let n = 0; n < updatesMany - 1; n += 1) stalled.outbox.push(update());
    expect(stalled.fates).toEqual([]);
    stalled.outbox.push(update());
    stalled.outbox.push(update());
    expect(stalled.fates).toEqual(["ERR_BUSY"]);
    const slow = bench(never, () => false);
    slow.outbox.push({ log: [], events: [cleared] });
    for (let n = 0; n < 64; n += 1) slow.outbox.push(delta);
    expect(slow.fates).toEqual([]);
    slow.outbox.push(delta);
    expect(slow.fates).toEqual(["ERR_BUSY"]);
  });

  it("counts what waits only while it does: what has left or was dropped makes room", () => {
    const delta: OutboxGroup = { log: [], events: [{ ...audio, delta: new Uint8Array(1024 * 1024) }] };
    const { outbox, fates, sent } = bench(never, () => false);
    outbox.push({ log: [], events: [cleared] });
    for (let round = 0; round < 4; round += 1) {
      for (let n = 0; n < 40; n += 1) outbox.push(delta);
      outbox.dropAudio(response);
    }
    for (let n = 0; n < 200; n += 1) {
      outbox.push(delta);
      outbox.resume();
    }
    expect(fates).toEqual([]);
    expect(sent.length).toBeGreaterThan(40);
  });

  it("shares the next record among what waits while one is in flight", async () => {
    const { outbox, sent, appends } = bench(appended);
    await outbox.open();
    for (let n = 0; n < 5; n += 1) outbox.push({ log: [{ type: "alive" }], events: [cleared] });
    while (appends() < 2) await Promise.resolve();
    for (let n = 0; n < 5; n += 1) outbox.push({ log: [{ type: "alive" }], events: [cleared] });
    while (sent.length < 10) await turn();
    expect(appends()).toBe(3); // owner, what was pushed in one turn, what came while that was in flight
  });

  it("stops at a client that does not keep up, and goes on where it was", async () => {
    const { outbox, sent } = bench(appended, (n) => n !== 2);
    for (let n = 0; n < 4; n += 1) outbox.push({ log: [], events: [cleared] });
    expect(sent).toHaveLength(2);
    outbox.resume();
    expect(sent).toHaveLength(4);
  });

  it("keeps the place of events that are still being read", async () => {
    const { outbox, sent } = bench(appended);
    let read = (_events: readonly ServerEvent[]): void => {};
    const later = new Promise<readonly ServerEvent[]>((resolve) => {
      read = resolve;
    });
    outbox.push({ log: [], events: [], later: () => later });
    outbox.push({ log: [], events: [cleared] });
    expect(sent).toEqual([]);
    read([audio]);
    await expect.poll(() => sent).toEqual([audio.type, cleared.type]);
  });

  it("reads no more than one group's events at a time, and none for a client that does not keep up", async () => {
    const { outbox, sent } = bench(appended, (n) => n !== 1);
    const reads: ((events: readonly ServerEvent[]) => void)[] = [];
    const later = (): Promise<readonly ServerEvent[]> => new Promise((resolve) => void reads.push(resolve));
    for (let n = 0; n < 3; n += 1) outbox.push({ log: [], events: [], later });
    expect(reads).toHaveLength(1);
    reads[0]!([cleared]);
    await expect.poll(() => sent).toHaveLength(1);
    expect(reads).toHaveLength(1);
    outbox.resume();
    expect(reads).toHaveLength(2);
    reads[1]!([cleared]);
    await expect.poll(() => reads).toHaveLength(3);
  });

  it("drops audio that has not left, and nothing else", () => {
    const { outbox, sent } = bench(appended, () => false);
    outbox.push({ log: [], events: [cleared] });
    outbox.push({ log: [], events: [audio, cleared] });
    expect(outbox.dropAudio("resp_2" as ResponseId)).toEqual(new Map());
    expect(outbox.dropAudio(response)).toEqual(new Map([[audio.item_id, audio.delta.length]]));
    outbox.resume();
    expect(sent).toEqual([cleared.type, cleared.type]);
  });

  it("tells once that the log is silent, and gives up in the end", async () => {
    const { outbox, sent, fates, stalls, now } = bench(failing);
    outbox.push({ log: [{ type: "alive" }], events: [cleared] });
    while (now() <= logStallMsMax) await turn();
    expect(fates).toEqual([]);
    while (fates.length === 0) await turn();
    expect(stalls()).toBe(1);
    expect(fates).toEqual(["ERR_STORE"]);
    expect(now()).toBeLessThan(65_000);
    expect(sent).toEqual([]);
  });

  it("logs its end after all that was said", async () => {
    const { outbox, appends } = bench(appended);
    await outbox.open();
    outbox.push({ log: [{ type: "alive" }], events: [] });
    await outbox.close("gone");
    expect(appends()).toBe(2);
    outbox.push({ log: [{ type: "alive" }], events: [] });
    await turn();
    expect(appends()).toBe(2);
  });

  const words = "x".repeat(300 * 1024);
  const item = (n: number): Item => ({
    id: `item_${n}` as ItemId,
    object: "realtime.item",
    status: "completed",
    type: "message",
    role: "user",
    content: [{ type: "input_text", text: words }],
  });

  it.each<[string, (n: number) => LogEntry]>([
    ["items", (n) => ({ type: "item", item: item(n), after: null })],
    ["configurations", () => ({ type: "configured", config: { tools: [{ description: words }] } })],
    [
      "words that were heard",
      (n) => ({ type: "item.truncated", item: item(n).id, audioEndMs: 0, heard: words }),
    ],
  ])("puts into one record no more %s than a message can carry, and loses none", async (_name, entry) => {
    const sizes: number[] = [];
    const { outbox, appends } = bench(
      appended,
      () => true,
      (record) => sizes.push(record.length),
    );
    await outbox.open();
    for (let n = 0; n < 7; n += 1) outbox.push({ log: [entry(n)], events: [cleared] });
    await vi.waitFor(() => expect(sizes.reduce((sum, size) => sum + size)).toBeGreaterThan(7 * 300 * 1024));
    expect(Math.max(...sizes)).toBeLessThan(1024 * 1024);
    // the owner, one alone because nothing was in flight, then two and two and two
    expect(appends()).toBe(5);
  });
});
