import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";
import { configure, connect, disconnect, say } from "./socket.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({
    PARLEY_STT: "synthetic",
    PARLEY_LLM: "synthetic",
    PARLEY_TTS: "synthetic",
    PARLEY_VAD: "energy",
  });
});
afterAll(() => server.close());

const appendBytesMax = 15 * 1024 * 1024;

it.each([null, { type: "server_vad" }])(
  "[LIM-2] takes an append of 15 MiB of audio, refuses one byte more, and goes on (turn detection %j)",
  async (detection) => {
    const client = await connect(server.url);
    const { log, send } = client;
    send(configure({ output_modalities: ["text"], audio: { input: { turn_detection: detection } } }));
    await log.next("session.updated");
    const append = (bytes: number, id: string): void =>
      send({
        type: "input_audio_buffer.append",
        event_id: id,
        audio: Buffer.alloc(bytes).toString("base64"),
      });
    append(appendBytesMax, "fits");
    append(appendBytesMax + 1, "too-large");
    send(say("Are you there?"));
    send({ type: "response.create" });
    const done = await log.next("response.done");
    expect(done["response"]).toMatchObject({ status: "completed" });
    expect(log.all("error").map(({ error }) => error)).toMatchObject([
      { event_id: "too-large", param: "audio" },
    ]);
    log.finish();
    await disconnect(client);
  },
);
