import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";
import { connect, disconnect } from "./socket.ts";
import { recordingOf, silence, streamInRealTime } from "./speech.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const detection = { type: "server_vad", silence_duration_ms: 400 };
const transcription = { model: "any", language: "en" };
const updates = {
  ga: {
    type: "session.update",
    session: {
      type: "transcription",
      audio: { input: { turn_detection: detection, transcription, noise_reduction: { type: "near_field" } } },
    },
  },
  beta: {
    type: "transcription_session.update",
    session: {
      turn_detection: detection,
      input_audio_transcription: transcription,
      input_audio_noise_reduction: { type: "near_field" },
    },
  },
};

it.each(["ga", "beta"] as const)(
  "[TRS-1] transcribes two utterances in the %s dialect and says nothing itself",
  async (dialect) => {
    const client = await connect(server.url, "transcription", dialect);
    const { log, send } = client;
    send(updates[dialect]);
    await log.next(dialect === "ga" ? "session.updated" : "transcription_session.updated");
    const speech = await recordingOf("ps_something.wav");
    const pause = silence(1_200);
    await streamInRealTime(Buffer.concat([silence(200), speech, pause, speech, pause]), (audio) =>
      send({ type: "input_audio_buffer.append", audio }),
    );
    // all that was committed has its transcript, and there was no less than both
    const transcripts: unknown[] = [];
    while (transcripts.length < Math.max(2, log.all("input_audio_buffer.committed").length)) {
      const heard = await log.next("conversation.item.input_audio_transcription.completed");
      transcripts.push(heard["transcript"]);
    }
    expect(transcripts.join(" ").match(/something/gi)?.length).toBeGreaterThanOrEqual(2);
    send({ type: "response.create", event_id: "mine" });
    // an error from the server is an answer here, so it is read as an event
    const refused = await log.next("error");
    expect(refused["error"]).toMatchObject({ code: "response_not_available", event_id: "mine" });
    expect(log.events.filter(({ type }) => type.startsWith("response."))).toEqual([]);
    log.finish();
    await disconnect(client);
  },
);
