import { afterEach, describe, expect, it } from "vitest";
import { ParleyError } from "../../src/lib/errors.ts";
import { Gate, SmallServer, byLoudness, levelOf, outcomes, transcripts } from "../support/small-server.ts";
import type { Parts } from "../support/small-server.ts";

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

/** A detector whose answers take time, so that a burst is all here before the first. */
const slowly: NonNullable<Parts["judge"]> = async (samples, clock) => {
  await new Promise<void>((resolve) => void clock.after(10, resolve));
  return byLoudness(samples);
};

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
    const [started] = client.of("input_audio_buffer.speech_started");
    expect(client.of("input_audio_buffer.committed")).toMatchObject([{ item_id: started?.["item_id"] }]);
    expect(transcripts(client)).toHaveLength(1);
    expect(outcomes(client)).toEqual(["completed"]);
    expect(client.codes()).toEqual([]);
  });

  it("is transcribed as push to talk when all of it had been read before the detection was switched off", async () => {
    const world = start();
    const client = world.open("unordered");
    client.configure({});
    client.append(1_602, loud); // heard as whole frames, and long enough to be read while it grows
    await world.settle();
    expect(world.published).toHaveLength(1);
    client.configure({ turn_detection: null });
    client.send("input_audio_buffer.commit");
    client.send("response.create");
    await world.settle();
    expect(transcripts(client)).toHaveLength(1);
    expect(outcomes(client)).toEqual(["completed"]);
  });

  it.each([[false], [true]])(
    "loses no words of a turn that ends while detection is switched off (a commit behind that: %s)",
    async (pipelined) => {
      const world = start({ judge: slowly });
      const client = world.open("unordered");
      client.configure({ turn_detection: { type: "server_vad", create_response: false } });
      client.append(600, loud);
      await world.run(100);
      const [started] = client.of("input_audio_buffer.speech_started");
      client.append(600, 0);
      await world.settle();
      client.configure({ turn_detection: null });
      if (pipelined) client.send("input_audio_buffer.commit");
      world.clock.advance(10); // the listener has the detector's answer before it hears of the change
      await world.settle();
      expect(transcripts(client)).toContainEqual([started?.["item_id"], "level 8"]);
      // what is committed is not in the buffer any more
      client.send("input_audio_buffer.commit");
      await world.settle();
      expect(client.codes()).toEqual(["input_audio_buffer_commit_empty"]);
    },
  );

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
    expect(client.of("input_audio_buffer.speech_stopped").map((event) => event["item_id"])).toEqual([
      second?.["item_id"],
    ]);
    expect(transcripts(client)).toEqual([[second?.["item_id"], "level 8"]]);
  });

  it("keeps its position when audio, and another format of it, waited while the listener crashed", async () => {
    let broken = false;
    const world = start({
      judge: (samples) => {
        if (!broken) return Promise.resolve(byLoudness(samples));
        broken = false;
        throw new Error("broken");
      },
    });
    const client = world.open("unordered");
    const detection = { type: "server_vad", prefix_padding_ms: 0, create_response: false };
    client.configure({ turn_detection: detection });
    client.speak(1_000, loud);
    await world.settle();
    broken = true;
    client.append(100, loud);
    client.speak(500, 0);
    client.configure({ turn_detection: detection, format: { type: "audio/pcmu" } });
    client.send("input_audio_buffer.append", { audio: Buffer.alloc(500 * 8, 0xff).toString("base64") });
    client.send("input_audio_buffer.append", { audio: Buffer.alloc(500 * 8, 0x90).toString("base64") });
    client.send("input_audio_buffer.append", { audio: Buffer.alloc(800 * 8, 0xff).toString("base64") });
    await world.settle();
    expect(world.crashes.map(({ outcome }) => outcome)).toEqual(["restart"]);
    const places = ["speech_started", "speech_stopped"].map((type) =>
      client.of(`input_audio_buffer.${type}`).at(-1),
    );
    expect(Math.abs(Number(places[0]?.["audio_start_ms"]) - 2_100)).toBeLessThan(70);
    expect(Math.abs(Number(places[1]?.["audio_end_ms"]) - 3_100)).toBeLessThan(70);
    expect(transcripts(client)).toHaveLength(1);
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
    // the new speech begins behind what is gone, up to the delay of the resampler and a frame
    expect(Math.abs(Number(started?.["audio_start_ms"]) - 3_000)).toBeLessThan(70);
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

  it("is a turn that ends when the detector fails and then nothing more comes", async () => {
    let calls = 0;
    const world = start({
      judge: async (samples) => {
        calls += 1;
        if (calls > 3) throw new ParleyError("ERR_PROVIDER", "broken");
        return byLoudness(samples);
      },
    });
    const client = world.open();
    client.configure({});
    for (let i = 0; i < 5; i += 1) {
      client.speak(100, loud);
      await world.settle();
    }
    expect(client.of("input_audio_buffer.speech_started")).toHaveLength(1);
    expect(client.of("input_audio_buffer.speech_stopped")).toHaveLength(0);
    await world.run(2_000, 100);
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

  it("are not waited for by more utterances than anybody speaks: the others fail at once", async () => {
    const gate = new Gate();
    const world = start({
      transcribe: async ({ signal, audio }) => {
        await gate.pass(signal);
        return levelOf(audio);
      },
    });
    const client = world.open();
    client.configure({ turn_detection: { type: "server_vad", create_response: false } });
    await world.settle();
    for (let i = 0; i < 140; i += 1) {
      client.append(100, loud);
      client.append(600, 0);
      await world.settle(20);
    }
    const failed = () => client.of("conversation.item.input_audio_transcription.failed");
    expect(failed()).toHaveLength(140 - 128);
    gate.open();
    await world.settle(2_000);
    expect(transcripts(client)).toHaveLength(128);
    expect(failed()).toHaveLength(140 - 128);
  });

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
