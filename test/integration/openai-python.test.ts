import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeWav } from "../../src/audio/wav.ts";
import { runPython, pythonPackages } from "../support/python.ts";
import { newTempDir, startTestServer, testApiKey } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";
import { EventLog } from "./event-log.ts";
import type { ServerEvent } from "./event-log.ts";
import { recordingOf } from "./speech.ts";

let dir: string;
let server: TestServer;
const extraKeys = new Set<string>();

beforeAll(async () => {
  await pythonPackages();
  dir = await newTempDir();
  const speech = await recordingOf("ps_goforward.wav");
  const samples = new Int16Array(speech.buffer, speech.byteOffset, speech.length / 2);
  await writeFile(join(dir, "speech.wav"), writeWav({ sampleRate: 24_000, samples }));
  server = await startTestServer();
});
afterAll(async () => {
  process.stdout.write(`Keys beyond the Python client's types: ${[...extraKeys].join(", ") || "none"}\n`);
  await server.close();
  await rm(dir, { recursive: true, force: true });
});

/** The script checks each event against the client's own types; the order is checked here, as for every client. */
async function converse(scenario: string): Promise<EventLog> {
  const log = new EventLog();
  let finished = false;
  const env = {
    OPENAI_BASE_URL: `${server.http}/v1`,
    OPENAI_API_KEY: testApiKey,
    SPEECH: join(dir, "speech.wav"),
  };
  const { code, stderr } = await runPython("conversation.py", [scenario], env, (line) => {
    const value = JSON.parse(line) as ServerEvent | { readonly extra_keys: readonly string[] };
    if ("type" in value) return log.accept(value as ServerEvent);
    finished = true;
    for (const key of value.extra_keys) extraKeys.add(key);
  });
  if (code !== 0) throw new Error(stderr);
  expect(finished).toBe(true);
  log.finish();
  return log;
}

it.each([
  ["holds a conversation in text", "text"],
  ["takes a push-to-talk turn and speaks the answer", "push_to_talk"],
  ["answers when the speaker pauses", "server_vad"],
  ["stops speaking when it is spoken over, and answers what was said", "barge_in"],
  ["calls a tool and answers from what the tool gave", "tool"],
])("%s", async (_, scenario) => {
  const log = await converse(scenario);
  expect(log.all("response.done").length).toBeGreaterThan(0);
  expect(log.all("error")).toEqual([]);
});
