import { once } from "node:events";
import { AzureOpenAI, OpenAI } from "openai";
import { expect, it, vi } from "vitest";
import { checkValue } from "../../test/support/event-types.ts";
import { bearer, connectTo, startTestGateway, testKey } from "../../test/support/gateway.ts";

const openai = (http: string) => new OpenAI({ apiKey: testKey, baseURL: `${http}/v1` });

it("[KEY-4] makes a flat session with its secret for the older client", async () => {
  const server = await startTestGateway();
  const made = await openai(server.http).beta.realtime.sessions.create({
    model: "gpt-4o-realtime-preview",
    modalities: ["audio", "text"],
    instructions: "Be brief.",
    voice: "sage",
    input_audio_format: "g711_ulaw",
    turn_detection: { type: "server_vad", silence_duration_ms: 300 },
    client_secret: { expires_after: { anchor: "created_at", seconds: 60 } },
  });
  expect(made).toMatchObject({
    object: "realtime.session",
    model: "gpt-4o-realtime-preview",
    modalities: ["audio", "text"],
    instructions: "Be brief.",
    voice: "sage",
    input_audio_format: "g711_ulaw",
    output_audio_format: "pcm16",
    turn_detection: { type: "server_vad", silence_duration_ms: 300 },
  });
  const left = made.client_secret.expires_at - Date.now() / 1_000;
  expect(left).toBeGreaterThan(30);
  expect(left).toBeLessThanOrEqual(60);
  expect(checkValue("beta/realtime/sessions", "SessionCreateResponse", made).errors).toEqual([]);

  const options = { headers: { "api-key": made.client_secret.value } };
  await once(connectTo(server, options, "/v1/realtime"), "open");
  const opened = await vi.waitUntil(() => server.sessions[0]);
  expect(opened.request).toMatchObject({
    kind: "realtime",
    model: "gpt-4o-realtime-preview",
    session: {
      instructions: "Be brief.",
      audio: { input: { format: { type: "audio/pcmu" } }, output: { voice: "sage" } },
    },
  });
}, 60_000);

it("[KEY-4] makes a transcription session with its secret for the older client", async () => {
  const server = await startTestGateway();
  const made = await openai(server.http).beta.realtime.transcriptionSessions.create({
    input_audio_format: "pcm16",
    input_audio_transcription: { model: "whisper-1", language: "en" },
    client_secret: { expires_at: { anchor: "created_at", seconds: 60 } },
  });
  expect(made).toMatchObject({ input_audio_transcription: { model: "whisper-1", language: "en" } });
  expect(checkValue("beta/realtime/transcription-sessions", "TranscriptionSession", made).errors).toEqual([]);
  const options = { headers: { "api-key": made.client_secret.value } };
  await once(connectTo(server, options, "/openai/realtime?api-version=1"), "open");
  const opened = await vi.waitUntil(() => server.sessions[0]);
  expect(opened.request).toMatchObject({ kind: "transcription", dialect: "beta" });
}, 60_000);

it.each([
  [
    { client_secret: { expires_after: { anchor: "created_at", seconds: 1 } } },
    "client_secret.expires_after.seconds",
  ],
  [{ input_audio_format: "mp3" }, "input_audio_format"],
  [{ tools: [{ type: "function" }] }, "tools[0].name"],
])("names the place of what is wrong, as the client wrote it: %j", async (body, param) => {
  const server = await startTestGateway();
  const response = await fetch(`${server.http}/v1/realtime/sessions`, {
    method: "POST",
    headers: bearer,
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error", param } });
});

it("serves Azure's addresses, too", async () => {
  const server = await startTestGateway();
  const azure = new AzureOpenAI({ endpoint: server.http, apiKey: testKey, apiVersion: "2025-04-01-preview" });
  const made = await azure.beta.realtime.sessions.create({ instructions: "Be brief." });
  expect(made.client_secret.value).toMatch(/^ek_/);
  const response = await fetch(`${server.http}/openai/realtimeapi/sessions?api-version=2025-04-01-preview`, {
    method: "POST",
    headers: { "api-key": testKey },
    body: "{}",
  });
  expect(response.status).toBe(200);
});
