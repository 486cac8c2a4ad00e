import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { samplesFromBytes } from "../../src/audio/pcm.ts";
import { writeWav } from "../../src/audio/wav.ts";
import { pythonPackages, runPython } from "../support/python.ts";
import { newTempDir, startTestServer, testApiKey } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";
import { recordingOf } from "./speech.ts";

/** Runs one scenario of the script to its end, and gives each line of JSON that it prints.
 *  @throws {Error} with what the script said, when it ended with another status than 0 */
type Converse = (scenario: string, onLine: (line: unknown) => void) => Promise<void>;

/** A server, and a script in test/integration/python that holds conversations with it: a scenario is its argument. To
 *  be called once, at the top of a test file.
 *  @param requirements file name beside the script, of its packages */
export function pythonClient(script: string, requirements?: string): Converse {
  let dir: string;
  let server: TestServer;
  beforeAll(async () => {
    await pythonPackages(requirements);
    dir = await newTempDir();
    const samples = samplesFromBytes(await recordingOf("ps_goforward.wav"));
    await writeFile(join(dir, "speech.wav"), writeWav({ sampleRate: 24_000, samples }));
    server = await startTestServer();
  });
  afterAll(async () => {
    await server.close();
    await rm(dir, { recursive: true, force: true });
  });
  return async (scenario, onLine) => {
    const env = {
      OPENAI_BASE_URL: `${server.http}/v1`,
      OPENAI_API_KEY: testApiKey,
      SPEECH: join(dir, "speech.wav"),
    };
    const read = (line: string): void => onLine(JSON.parse(line));
    const { code, stderr } = await runPython(script, [scenario], env, read, requirements);
    if (code !== 0) throw new Error(stderr);
  };
}
