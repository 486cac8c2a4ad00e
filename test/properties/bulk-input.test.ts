import { expect, it } from "vitest";
import { Gate, SmallServer, byLoudness } from "../support/small-server.ts";
import type { Client, Parts } from "../support/small-server.ts";

const transcripts = (client: Client): readonly unknown[] =>
  client.of("conversation.item.input_audio_transcription.completed").map((event) => event["transcript"]);

/** A client of a session with voice activity on, that uploads much at once. */
async function upload(
  history: (server: SmallServer, client: Client) => Promise<void>,
  parts: Parts = {},
  errors: readonly string[] = [],
): Promise<void> {
  const server = new SmallServer(parts);
  try {
    const client = server.open();
    client.send("session.update", {
      session: { type: "realtime", audio: { input: { transcription: { model: "any" } } } },
    });
    await server.settle();
    await history(server, client);
    expect(client.codes()).toEqual(errors);
    for (const { item_id } of client.of("input_audio_buffer.speech_started") as { item_id?: unknown }[])
      expect(client.of("input_audio_buffer.committed").map((event) => event["item_id"])).toContain(item_id);
  } finally {
    await server.end();
  }
}

/** One frame: sounds of so many ms and level, one behind the other. */
const sounds = (...parts: readonly (readonly [ms: number, level: number])[]): string => {
  const samples = parts.flatMap(([ms, level]) => Array<number>(ms * 24).fill(level));
  return Buffer.from(Int16Array.from(samples).buffer).toString("base64");
};

it("[UTT-3] what goes on behind a commit that crosses its beginning is a turn", async () => {
  await upload(async (server, client) => {
    client.send("input_audio_buffer.append", { audio: sounds([4_000, 5_000]) });
    client.send("input_audio_buffer.commit");
    await server.settle();
    client.send("input_audio_buffer.append", { audio: sounds([1_000, 7_000], [1_000, 0]) });
    await server.settle();
    expect(transcripts(client)).toEqual(["level 5", "level 7"]);
  });
});

it("[UTT-3] a turn that was over before a commit that crosses it is not lost", async () => {
  await upload(async (server, client) => {
    client.send("input_audio_buffer.append", { audio: sounds([800, 5_000], [800, 0], [2_000, 7_000]) });
    client.send("input_audio_buffer.commit");
    await server.settle();
    expect(transcripts(client)).toHaveLength(2);
    expect(new Set(transcripts(client))).toEqual(new Set(["level 5", "level 7"]));
  });
});

const minute = Buffer.alloc(60_000 * 48).toString("base64");
const startsOf = (client: Client): readonly unknown[] =>
  client.of("input_audio_buffer.speech_started").map((event) => event["audio_start_ms"]);

it("[LIM-3] refuses audio while three minutes wait for a detector that does not keep up, and goes on", async () => {
  const gate = new Gate();
  const judge = async (samples: Int16Array): Promise<Float32Array> => {
    await gate.pass(new AbortController().signal);
    return byLoudness(samples);
  };
  await upload(
    async (server, client) => {
      const append = (audio: string) => client.send("input_audio_buffer.append", { audio });
      for (let sent = 0; sent < 3; sent += 1) append(minute);
      await server.settle();
      expect(client.codes()).toEqual([]);
      const refused = [append(minute), append(sounds([20, 0]))];
      await server.settle();
      const errors = client.of("error").map((event) => event["error"] as { event_id: unknown });
      expect(errors.map((error) => error.event_id)).toEqual(refused);
      gate.open();
      await server.settle();
      append(sounds([400, 0], [800, 7_000], [800, 0]));
      await server.settle();
      expect(transcripts(client)).toEqual(["level 7"]);
      // what was refused was never there
      expect(Math.abs(Number(startsOf(client)[0]) - (180_000 + 400 - 300))).toBeLessThan(64);
    },
    { judge },
    ["invalid_value", "invalid_value"],
  );
});

it("[LIM-3] takes more than three minutes in one append, and the next when that has been listened to", async () => {
  await upload(async (server, client) => {
    client.send("input_audio_buffer.append", { audio: sounds([200_000, 0], [800, 5_000], [800, 0]) });
    await server.settle();
    client.send("input_audio_buffer.append", { audio: sounds([800, 7_000], [800, 0]) });
    await server.settle();
    expect(transcripts(client)).toEqual(["level 5", "level 7"]);
  });
});

it("[LIM-3] counts nothing as unheard that came while nobody listened", async () => {
  await upload(async (server, client) => {
    client.configure({ turn_detection: null });
    client.send("input_audio_buffer.append", { audio: minute });
    client.send("input_audio_buffer.append", { audio: sounds([130_000, 0]) });
    await server.settle();
    client.configure({ turn_detection: { type: "server_vad" } });
    client.send("input_audio_buffer.append", { audio: sounds([800, 7_000], [800, 0]) });
    await server.settle();
    expect(transcripts(client)).toEqual(["level 7"]);
  });
});

it("[LIM-3] takes what is said under push to talk after a long quiet time of listening", async () => {
  await upload(async (server, client) => {
    for (let minutes = 0; minutes < 4; minutes += 1) {
      client.send("input_audio_buffer.append", { audio: sounds([60_000, 0]) });
      await server.settle();
    }
    client.configure({ turn_detection: null });
    client.send("input_audio_buffer.append", { audio: sounds([800, 7_000]) });
    client.send("input_audio_buffer.commit");
    await server.settle();
    expect(transcripts(client)).toHaveLength(1);
  });
});
