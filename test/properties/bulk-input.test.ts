import { expect, it } from "vitest";
import { SmallServer } from "../support/small-server.ts";
import type { Client } from "../support/small-server.ts";

const transcripts = (client: Client): readonly unknown[] =>
  client.of("conversation.item.input_audio_transcription.completed").map((event) => event["transcript"]);

/** A client of a session with voice activity on, that uploads much at once. */
async function upload(history: (server: SmallServer, client: Client) => Promise<void>): Promise<void> {
  const server = new SmallServer();
  try {
    const client = server.open();
    client.send("session.update", {
      session: { type: "realtime", audio: { input: { transcription: { model: "any" } } } },
    });
    await server.settle();
    await history(server, client);
    expect(client.codes()).toEqual([]);
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
