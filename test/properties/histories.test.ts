import { afterEach, describe, expect, it } from "vitest";
import type { ItemId, SessionId } from "../../src/lib/ids.ts";
import { encodeJob } from "../../src/protocol/wire.ts";
import { jobSubject } from "../../src/transport/subjects.ts";
import { sttJob } from "../support/stt-job.ts";
import { Gate, SmallServer, audioOf, levelOf, outcomes, transcripts } from "../support/small-server.ts";
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

  it.each([
    ["response.created"],
    ["response.output_item.added"],
    ["response.content_part.added"],
    ["response.output_audio_transcript.delta"],
    ["response.output_audio.delta"],
    ["response.output_audio.done"],
    ["response.output_item.done"],
    ["response.done"],
  ])("leaves none of a client that goes at %s", async (last) => {
    const world = start();
    const client = world.open();
    client.onEvent = ({ type }) => {
      if (type === last) client.close();
    };
    client.send("response.create", { response: { output_modalities: ["audio"] } });
    await world.settle(400);
    expect(client.of(last).length).toBeGreaterThan(0);
    await assertNothingLeft(world);
    expect(world.logged(client).at(-1)).toMatchObject({ type: "closed" });
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

  it("leaves none of a client that goes while its utterances wait for a recogniser", async () => {
    const gate = new Gate();
    const world = start({
      transcribe: async ({ audio, signal }) => {
        await gate.pass(signal);
        return levelOf(audio);
      },
    });
    const client = world.open();
    client.configure({ turn_detection: null });
    for (let i = 0; i < 3; i += 1) {
      client.speak(400, 8_000);
      client.send("input_audio_buffer.commit");
    }
    await world.settle();
    expect(await world.waiting()).toBe(2);
    client.close();
    await assertNothingLeft(world);
  });

  it("gives up a job that no session answers for", async () => {
    const world = start();
    const session = "sess_gone" as SessionId;
    const item = "item_gone" as ItemId;
    const payload = encodeJob(sttJob(session, item));
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
