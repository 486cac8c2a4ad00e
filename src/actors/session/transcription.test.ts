import { afterEach, beforeEach, expect, it } from "vitest";
import { SmallServer, transcripts } from "../../../test/support/small-server.ts";

let server: SmallServer;
beforeEach(() => {
  server = new SmallServer();
});
afterEach(() => server.end());

const loud = 8_000;

it("[TRS-1] commits and transcribes what voice activity finds, and answers nothing", async () => {
  const client = server.open("ordered", { kind: "transcription", model: "" });
  await server.settle();
  // nothing that a client can say makes it answer
  client.send("session.update", {
    session: {
      audio: {
        input: { turn_detection: { type: "server_vad", create_response: true, idle_timeout_ms: 5_000 } },
      },
    },
  });
  for (let turn = 0; turn < 2; turn += 1) {
    client.speak(800, loud);
    client.speak(1_200, 0);
    await server.run(2_000);
  }
  client.speak(500, loud);
  client.send("input_audio_buffer.commit");
  await server.run(20_000);
  const committed = client.of("input_audio_buffer.committed").map((event) => event["item_id"]);
  expect(committed).toHaveLength(3);
  expect(transcripts(client)).toEqual(committed.map((item) => [item, expect.stringMatching(/^level/)]));
  client.send("response.create");
  client.send("response.create", { response: { conversation: "none", input: [] } });
  client.send("response.cancel");
  await server.settle();
  expect(client.codes()).toEqual([
    "response_not_available",
    "response_not_available",
    "response_cancel_not_active",
  ]);
  expect(client.events.filter(({ type }) => type.startsWith("response."))).toEqual([]);
});

it("[TRS-2] is shown as a transcription session, and stays one", async () => {
  const client = server.open("ordered", {
    kind: "realtime",
    model: "",
    session: { type: "transcription", audio: { input: { transcription: { model: "any", language: "en" } } } },
  });
  await server.settle();
  client.send("session.update", { session: { type: "realtime", instructions: "answer" } });
  client.send("session.update", {
    session: { type: "transcription", audio: { input: { turn_detection: null } } },
  });
  await server.settle();
  const shown = [...client.of("session.created"), ...client.of("session.updated")].map(
    (event) => event["session"],
  );
  const input = {
    format: { type: "audio/pcm", rate: 24_000 },
    transcription: { model: "any", language: "en" },
    noise_reduction: null,
  };
  const detection = { type: "server_vad", threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 500 };
  const base = {
    type: "transcription",
    object: "realtime.transcription_session",
    id: client.id,
    expires_at: expect.any(Number) as number,
    include: null,
  };
  expect(shown).toEqual([
    { ...base, audio: { input: { ...input, turn_detection: detection } } },
    { ...base, audio: { input: { ...input, turn_detection: null } } },
  ]);
  expect(client.of("error").map((event) => event["error"])).toMatchObject([
    { code: "invalid_value", param: "session.type", event_id: "c0" },
  ]);
});

it("starts with what its secret says", async () => {
  const client = server.open("ordered", {
    model: "",
    session: { type: "realtime", model: "theirs", instructions: "be brief", output_modalities: ["text"] },
  });
  await server.settle();
  expect(client.of("session.created").map((event) => event["session"])).toMatchObject([
    { type: "realtime", model: "theirs", instructions: "be brief", output_modalities: ["text"] },
  ]);
  expect(server.logged(client)[0]).toMatchObject({ type: "owner", model: "theirs" });
});
