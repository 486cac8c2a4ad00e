import { afterEach, describe, expect, it } from "vitest";
import { defaultTenant } from "../../src/lib/ids.ts";
import type { ItemId, SessionId } from "../../src/lib/ids.ts";
import { ParleyError } from "../../src/lib/errors.ts";
import { encodeJob } from "../../src/protocol/wire.ts";
import { jobSubject } from "../../src/transport/subjects.ts";
import { Gate, SmallServer, audioOf, byLoudness, levelOf } from "../support/small-server.ts";
import type { Client, Parts } from "../support/small-server.ts";

const loud = 8_000;
let server: SmallServer | undefined;

function start(parts: Parts = {}): SmallServer {
  server = new SmallServer(parts);
  return server;
}

afterEach(async () => {
  await server?.end();
  server = undefined;
});

const itemsOf = (client: Client, type: string): unknown[] => client.of(type).map((event) => event["item_id"]);
const transcripts = (client: Client): unknown[] =>
  client
    .of("conversation.item.input_audio_transcription.completed")
    .map(({ transcript, item_id: item }) => [item, transcript]);
const outcomes = (client: Client): unknown[] =>
  client.of("response.done").map((event) => (event["response"] as { status: string }).status);

/** A detector whose answers take time, so that a burst is all here before the first. */
const slowly: NonNullable<Parts["judge"]> = async (samples, clock) => {
  await new Promise<void>((resolve) => void clock.after(10, resolve));
  return byLoudness(samples);
};

/** No job waits, runs or comes again. */
async function assertNothingLeft(world: SmallServer): Promise<void> {
  await world.run(8_000, 100);
  expect(await world.waiting()).toBe(0);
  expect(world.busy).toBe(0);
  expect([...world.deliveries.values()].filter((count) => count > 1)).toEqual([]);
}

describe("jobs", () => {
  it.each([["text"], ["audio"]])(
    "frees the slots at the end of an answer in %s without a wait",
    async (modality) => {
      const world = start();
      const client = world.open();
      await world.settle();
      const begun = world.clock.monotonic();
      client.send("response.create", { response: { output_modalities: [modality] } });
      await world.settle(400);
      expect(outcomes(client)).toEqual(["completed"]);
      expect(world.busy).toBe(0);
      expect(world.clock.monotonic()).toBe(begun);
      await assertNothingLeft(world);
    },
  );

  it("leaves none of a client that goes with the last event of its answer", async () => {
    const world = start();
    const client = world.open();
    client.onEvent = ({ type }) => {
      if (type === "response.done") client.close();
    };
    client.send("response.create", { response: { output_modalities: ["audio"] } });
    await world.settle(400);
    expect(outcomes(client)).toEqual(["completed"]);
    await assertNothingLeft(world);
  });

  it("leaves none of a client that goes in the middle of its answer", async () => {
    const gate = new Gate();
    const world = start({ beforeWords: ({ signal }) => gate.pass(signal) });
    const client = world.open();
    client.send("response.create");
    await world.settle();
    expect(world.busy).toBe(1);
    client.close();
    await world.settle();
    gate.open();
    await assertNothingLeft(world);
  });

  it("gives up a job that no session answers for", async () => {
    const world = start();
    const session = "sess_gone" as SessionId;
    const item = "item_gone" as ItemId;
    const job = {
      type: "stt",
      tenant: defaultTenant,
      session,
      epoch: 1,
      turn: item,
      at: 0,
      item,
      end: 1,
    } as const;
    const payload = encodeJob({ ...job, audio: new Uint8Array(2) });
    await world.transport.jobs.publish(jobSubject("stt", session, item), "gone", payload);
    await world.run(120_000, 500);
    const [letter] = await world.transport.deadLetters.list(1);
    expect(letter).toMatchObject({ queue: "stt", id: "gone" });
    expect(letter?.deliveries).toBeLessThan(100);
    expect(await world.waiting()).toBe(0);
  });

  it("begins nothing for a client that has gone while a turn was owed an answer", async () => {
    const gate = new Gate();
    const world = start({ beforeWords: ({ signal }) => gate.pass(signal) });
    const client = world.open();
    client.configure({ turn_detection: { type: "server_vad", interrupt_response: false } });
    client.send("response.create");
    await world.settle();
    client.speak(600, loud);
    client.speak(900, 0);
    await world.settle();
    expect(transcripts(client)).toHaveLength(1);
    const before = world.published.length;
    client.close();
    await world.settle();
    gate.open();
    await world.run(8_000, 100);
    expect(world.published.slice(before)).toEqual([]);
  });
});

describe("two sessions with the same item ids", () => {
  const create = (client: Client, level: number): void => {
    const content = [{ type: "input_audio", audio: audioOf(400, level) }];
    client.send("conversation.item.create", {
      item: { id: "item_same", type: "message", role: "user", content },
    });
  };

  it("gives each its own transcript", async () => {
    const world = start();
    const [one, two] = [world.open(), world.open()];
    one.configure({});
    two.configure({});
    create(one, 3_000);
    create(two, 9_000);
    await world.settle(400);
    expect(transcripts(one)).toEqual([["item_same", "level 3"]]);
    expect(transcripts(two)).toEqual([["item_same", "level 9"]]);
  });

  it("stops no run of the other", async () => {
    const gate = new Gate();
    const aborted: string[] = [];
    const world = start({
      sttSlots: 2,
      transcribe: async ({ audio, signal }) => {
        signal.addEventListener("abort", () => aborted.push(levelOf(audio)));
        await gate.pass(signal);
        return levelOf(audio);
      },
    });
    const [one, two] = [world.open(), world.open()];
    two.configure({});
    create(one, 3_000);
    create(two, 9_000);
    await world.settle();
    expect(world.busy).toBe(2);
    one.close();
    await world.run(7_000, 100);
    expect(aborted).toEqual(["level 3"]);
    gate.open();
    await world.settle();
    expect(transcripts(two)).toEqual([["item_same", "level 9"]]);
  });
});

describe("input audio", () => {
  it("goes on as push to talk when detection is switched off in the middle of speech", async () => {
    const world = start();
    const client = world.open("unordered");
    client.configure({});
    client.speak(600, loud);
    await world.settle();
    expect(client.of("input_audio_buffer.speech_started")).toHaveLength(1);
    client.configure({ turn_detection: null });
    client.speak(500, loud);
    client.send("input_audio_buffer.commit");
    client.send("response.create");
    await world.run(20_000, 100);
    expect(transcripts(client)).toHaveLength(1);
    expect(outcomes(client)).toEqual(["completed"]);
    expect(client.codes()).toEqual([]);
  });

  it("keeps its position and the session's settings when the listener has crashed", async () => {
    let broken = false;
    const world = start({
      judge: (samples) => {
        if (broken) throw new Error("broken");
        return Promise.resolve(byLoudness(samples));
      },
    });
    const client = world.open("unordered");
    const detection = { type: "server_vad", prefix_padding_ms: 0, silence_duration_ms: 1_000 };
    client.configure({ turn_detection: { ...detection, create_response: false } });
    client.speak(1_000, loud);
    await world.settle();
    broken = true;
    client.append(100, loud);
    await world.settle();
    expect(world.crashes.map(({ outcome }) => outcome)).toEqual(["restart"]);
    broken = false;
    client.speak(500, 0);
    client.speak(500, loud);
    client.speak(800, 0);
    await world.settle();
    expect(client.of("input_audio_buffer.speech_stopped")).toEqual([]);
    client.speak(400, 0);
    await world.settle();
    const started = client.of("input_audio_buffer.speech_started");
    expect(started).toHaveLength(2);
    const [first, second] = started;
    expect(second?.["item_id"]).not.toBe(first?.["item_id"]);
    expect(Math.abs(Number(second?.["audio_start_ms"]) - 1_600)).toBeLessThan(70);
    expect(itemsOf(client, "input_audio_buffer.speech_stopped")).toEqual([second?.["item_id"]]);
    expect(transcripts(client)).toEqual([[second?.["item_id"], "level 8"]]);
  });

  it.each(["clear", "commit"])("finds no speech in a burst that is followed by a %s", async (what) => {
    const world = start({ judge: slowly });
    const client = world.open();
    client.configure({ turn_detection: { type: "server_vad", create_response: false } });
    client.speak(3_000, loud);
    client.send(`input_audio_buffer.${what}`);
    await world.run(3_000);
    expect(client.of("input_audio_buffer.speech_started")).toEqual([]);
    expect(client.of("input_audio_buffer.committed")).toHaveLength(what === "commit" ? 1 : 0);
    client.speak(600, loud);
    await world.run(500);
    const [started] = client.of("input_audio_buffer.speech_started");
    expect(Number(started?.["audio_start_ms"])).toBeGreaterThanOrEqual(3_000);
    expect(client.codes()).toEqual([]);
  });

  it("ends the turn of a client that falls silent by sending nothing", async () => {
    const world = start();
    const client = world.open();
    client.configure({ turn_detection: { type: "server_vad", silence_duration_ms: 500 } });
    client.append(1_000, loud);
    await world.run(1_400);
    expect(client.of("input_audio_buffer.speech_started")).toHaveLength(1);
    expect(client.of("input_audio_buffer.speech_stopped")).toEqual([]);
    await world.run(200);
    expect(client.of("input_audio_buffer.speech_stopped")).toHaveLength(1);
    expect(transcripts(client)).toHaveLength(1);
    expect(outcomes(client)).toEqual(["completed"]);
  });

  it("is not kept for ever when the detector fails", async () => {
    const world = start({ judge: () => Promise.reject(new ParleyError("ERR_PROVIDER", "broken")) });
    const client = world.open();
    client.configure({ turn_detection: { type: "server_vad", create_response: false } });
    for (let s = 0; s < 60; s += 1) {
      client.speak(1_000, loud);
      await world.settle(20);
    }
    client.send("input_audio_buffer.commit");
    await world.settle();
    const bytesPerMs = 48;
    const [kept = 0] = world.kept.values();
    expect(kept).toBeGreaterThan(100 * bytesPerMs);
    expect(kept).toBeLessThan(2_500 * bytesPerMs);
    expect(transcripts(client)).toHaveLength(1);
  });
});

describe("transcripts", () => {
  it.each([
    { transcription: null, events: 0 },
    { transcription: { model: "any" }, events: 1 },
  ])(
    "of $transcription: a failure makes $events events, and is logged",
    async ({ transcription, events }) => {
      const world = start({
        transcribe: () => Promise.reject(new ParleyError("ERR_PROVIDER", "broken")),
      });
      const client = world.open();
      client.configure({ turn_detection: null, transcription });
      client.speak(500, loud);
      client.send("input_audio_buffer.commit");
      await world.settle();
      expect(client.of("conversation.item.input_audio_transcription.failed")).toHaveLength(events);
      expect(world.logged(client).filter(({ type }) => type === "transcript.failed")).toHaveLength(1);
    },
  );

  it("may be waited for by 64 utterances, and one more is refused", async () => {
    const gate = new Gate();
    const world = start({
      transcribe: async ({ signal, audio }) => {
        await gate.pass(signal);
        return levelOf(audio);
      },
    });
    const client = world.open();
    client.configure({ turn_detection: null });
    let last = "";
    for (let i = 0; i < 65; i += 1) {
      client.append(200, loud);
      last = client.send("input_audio_buffer.commit");
    }
    await world.settle(400);
    expect(client.of("input_audio_buffer.committed")).toHaveLength(64);
    const errors = client.of("error").map((event) => event["error"] as { event_id: string });
    expect(errors.map(({ event_id: id }) => id)).toEqual([last]);
    gate.open();
    await world.settle(2_000);
    expect(transcripts(client)).toHaveLength(64);
    client.send("input_audio_buffer.commit"); // what was refused is still in the buffer
    await world.settle();
    expect(client.of("input_audio_buffer.committed")).toHaveLength(65);
    expect(client.closeCode).toBeUndefined();
  });
});

describe("response.create behind response.cancel", () => {
  it("is answered when the cancelled answer has ended, and a third one is refused", async () => {
    const gate = new Gate();
    const world = start({ beforeWords: ({ signal }) => gate.pass(signal) });
    const client = world.open();
    client.configure({});
    client.send("response.create");
    await world.settle();
    client.send("response.cancel");
    client.send("response.create");
    await world.settle();
    const third = client.send("response.create");
    await world.settle();
    gate.open();
    await world.settle();
    const shown = client.events.filter(({ type }) => /^response\.(created|done)$/.test(type));
    expect(shown.map(({ type }) => type)).toEqual([
      "response.created",
      "response.done",
      "response.created",
      "response.done",
    ]);
    expect(outcomes(client)).toEqual(["cancelled", "completed"]);
    expect(client.of("error")).toMatchObject([
      { error: { code: "conversation_already_has_active_response", event_id: third } },
    ]);
  });

  it("holds for all three in one breath", async () => {
    const gate = new Gate();
    const world = start({ beforeWords: ({ signal }) => gate.pass(signal) });
    const client = world.open();
    client.send("response.create");
    client.send("response.cancel");
    client.send("response.create");
    const third = client.send("response.create");
    gate.open();
    await world.settle(400);
    expect(outcomes(client)).toEqual(["cancelled", "completed"]);
    expect(client.of("error")).toMatchObject([{ error: { event_id: third } }]);
  });
});
