import { rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ensureTestModels } from "../support/models.ts";
import { newTempDir, startTestServer, testApiKey } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";
import { configure, connect, disconnect } from "./socket.ts";
import { framesOf, recordingOf, silence } from "./speech.ts";

const flags = { create_response: false, interrupt_response: true };
const semantic = { type: "semantic_vad", eagerness: "high", ...flags };
const server = { type: "server_vad", silence_duration_ms: 500, ...flags };

/** Speaks a finished phrase and more silence than any eagerness waits for.
 *  @returns where the turn ended, ms behind the recording's end */
async function endOfTurn({ url }: TestServer, turn_detection: object): Promise<number> {
  const client = await connect(url);
  const { log, send } = client;
  send(configure({ audio: { input: { turn_detection, transcription: { model: "parley" } } } }));
  const { session } = await log.next("session.updated");
  expect(session).toMatchObject({ audio: { input: { turn_detection } } });
  const recording = await recordingOf("ps_goforward.wav");
  for (const audio of framesOf(Buffer.concat([recording, silence(3_000)])))
    send({ type: "input_audio_buffer.append", audio });
  const stopped = await log.next("input_audio_buffer.speech_stopped");
  await log.next("input_audio_buffer.committed");
  const { transcript } = await log.next("conversation.item.input_audio_transcription.completed");
  expect(String(transcript).toLowerCase()).toContain("go forward");
  log.finish();
  await disconnect(client);
  return Number(stopped["audio_end_ms"]) - recording.length / 48;
}

const metricsOf = async ({ http }: TestServer): Promise<string> =>
  (await fetch(`${http}/metrics`, { headers: { authorization: `Bearer ${testApiKey}` } })).text();

it("[SEM-5] is echoed as it was asked for, and asks the model", async () => {
  const whole = await startTestServer();
  try {
    await endOfTurn(whole, server);
    expect(await metricsOf(whole)).not.toContain("turn_ends_total{");
    // 2 s and a frame are the most that this eagerness waits
    expect(await endOfTurn(whole, semantic)).toBeLessThan(2_050);
    expect(await metricsOf(whole)).toMatch(/turn_ends_total\{outcome="finished"\} [1-9]/);
    expect(whole.limits).toEqual([]);
  } finally {
    await whole.close();
  }
});

it("[SEM-3] ends turns by silence on a machine that has all models but the end-of-turn one", async () => {
  const models = await ensureTestModels();
  const dir = await newTempDir();
  for (const folder of ["silero", "moonshine", "hibari"])
    await symlink(join(models, folder), join(dir, folder), "dir");
  const partial = await startTestServer({ PARLEY_MODELS_DIR: dir });
  try {
    expect(partial.limits).toEqual([expect.stringContaining("by silence alone")]);
    // 715 ms, half-way between 256 ms and 2 s, beside 500 ms: 23 frames of 32 ms beside 16
    const difference = (await endOfTurn(partial, semantic)) - (await endOfTurn(partial, server));
    expect(Math.round(difference)).toBe(7 * 32);
    expect(await metricsOf(partial)).toMatch(/turn_ends_total\{outcome="failed"\} [1-9]/);
  } finally {
    await partial.close();
    await rm(dir, { recursive: true, force: true });
  }
});
