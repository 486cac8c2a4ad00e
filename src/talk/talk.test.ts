import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Script,
  type ScriptedServer,
  scriptedTurn as turn,
  startScriptedServer,
} from "../../test/support/scripted-server.ts";
import { bytesFromSamples, rmsOf } from "../audio/pcm.ts";
import { readWav, writeWav } from "../audio/wav.ts";
import type { Clock } from "../lib/clock.ts";
import { talk, type TalkOptions } from "./talk.ts";

/** Time that runs twenty times as fast, so that recordings are over soon. */
const speedup = 20;
const fastClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now() * speedup,
  after: (ms, fn) => {
    const timer = setTimeout(fn, ms / speedup);
    return () => clearTimeout(timer);
  },
};

const key = "a-key-for-tests";
let dir: string;
let server: ScriptedServer | undefined;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "parley-talk-"));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(dir, { recursive: true, force: true });
});

async function serve(script: Script, configure = true): Promise<ScriptedServer> {
  server = await startScriptedServer(script, { key, configure });
  return server;
}

/** A file of `rate` Hz in which tones sound at the given times, ms. */
async function recording(totalMs: number, spans: readonly [number, number][], rate = 16_000) {
  const samples = new Int16Array((totalMs * rate) / 1_000);
  for (const [from, to] of spans) {
    for (let i = (from * rate) / 1_000; i < (to * rate) / 1_000; i += 1) {
      samples[i] = 8_000 * Math.sin((2 * Math.PI * 440 * i) / rate);
    }
  }
  const file = join(dir, "in.wav");
  await writeFile(file, writeWav({ sampleRate: rate, samples }));
  return file;
}

async function run(options: Partial<TalkOptions> & { url: string }) {
  const said = { stdout: "", stderr: "" };
  const code = await talk(
    { apiKey: key, json: false, ...options },
    {
      stdout: { write: (text) => (said.stdout += text) },
      stderr: { write: (text) => (said.stderr += text) },
    },
    fastClock,
  );
  return { code, ...said };
}

describe("talk", () => {
  it("holds the conversation of a file with two turns and prints one JSON object", async () => {
    const fake = await serve([
      ...turn(1, 200, 1_000, "Hello there.", "Good morning to you."),
      ...turn(2, 2_600, 3_400, "What time is it?", "Noon."),
    ]);
    const file = await recording(3_600, [
      [200, 1_000],
      [2_600, 3_400],
    ]);
    const out = join(dir, "out.wav");
    const { code, stdout, stderr } = await run({ url: fake.url, file, json: true, out });
    expect(stderr).toMatch(/^Wrote 0\.0 s of speech/);
    expect(code).toBe(0);
    expect(stdout.trim().split("\n")).toHaveLength(1);
    const result = JSON.parse(stdout) as { latency_ms: Record<string, number> };
    expect(result).toMatchObject({
      understood: "Hello there. What time is it?",
      answered: "Good morning to you. Noon.",
      turns: 2,
    });
    expect(Object.keys(result.latency_ms)).toEqual([
      "commit",
      "transcript",
      "first_token",
      "first_audio",
      "done",
    ]);
    const values = Object.values(result.latency_ms);
    // The script sets each that long after the last loud sample; a busy machine only makes it longer.
    for (const [i, atLeastMs] of [480, 680, 880, 1_080, 1_280].entries()) {
      expect(values[i]).toBeGreaterThanOrEqual(atLeastMs);
    }
    expect([...readWav(await readFile(out)).samples]).toEqual([
      ...Array.from<number>({ length: 240 }).fill(1),
      ...Array.from<number>({ length: 240 }).fill(2),
    ]);
  });

  it("asks for server VAD without interruption, with transcripts, and sends the whole recording", async () => {
    const fake = await serve(turn(1, 200, 1_000, "Hello.", "Hi."));
    const file = await recording(1_010, [[200, 1_000]], 22_050);
    expect(await run({ url: fake.url, file })).toMatchObject({ code: 0 });
    expect(fake.events[0]).toMatchObject({
      type: "session.update",
      session: {
        type: "realtime",
        audio: {
          input: {
            transcription: {},
            turn_detection: { type: "server_vad", silence_duration_ms: 500, interrupt_response: false },
          },
        },
      },
    });
    expect(new Set(fake.audio.map(({ length }) => length))).toEqual(new Set([480]));
    const loud = fake.audio.flatMap((frame, i) => (rmsOf(frame) > 0.1 ? [i * 20] : []));
    expect([loud[0], loud.at(-1)]).toEqual([200, 980]);
  });

  it("prints a table with a row per turn", async () => {
    const fake = await serve(turn(1, 200, 1_000, "Hello.", "Hi."));
    const { stdout } = await run({ url: fake.url, file: await recording(1_200, [[200, 1_000]]) });
    expect(stdout).toContain("understood: Hello.\nanswered:   Hi.\n");
    expect(stdout).toMatch(/\n1( +\d+){5}\np50( +\d+){5}\n$/);
  });

  it("counts an answer to two utterances for both, and its words once", async () => {
    const first = turn(1, 100, 200, "Hello.", "Hi.").filter(({ at }) => at !== 700);
    const fake = await serve([
      ...first.slice(0, 1),
      {
        at: 700,
        say: (say) => {
          for (const item_id of ["item_0", "item_1"]) {
            say({ type: "input_audio_buffer.speech_started", audio_start_ms: 100, item_id });
            say({ type: "input_audio_buffer.speech_stopped", audio_end_ms: 350, item_id });
            say({ type: "input_audio_buffer.committed", item_id });
            say({
              type: "conversation.item.input_audio_transcription.completed",
              item_id,
              transcript: item_id,
            });
          }
          say({ type: "response.created", response: { id: "resp_1" } });
        },
      },
      ...first.slice(1).filter(({ at }) => at > 900),
    ]);
    const file = await recording(400, [[100, 200]]);
    const { code, stdout } = await run({ url: fake.url, file, json: true });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ understood: "item_0 item_1", answered: "Hi.", turns: 2 });
  });

  it("waits for the end of an answer that pauses", async () => {
    const script = turn(1, 200, 1_000, "Hello.", "Hi.");
    const late = script.map((step, i) => (i === script.length - 1 ? { ...step, at: 6_000 } : step));
    const fake = await serve(late);
    const file = await recording(1_200, [[200, 1_000]]);
    const { stdout } = await run({ url: fake.url, file, json: true });
    const { latency_ms } = JSON.parse(stdout) as { latency_ms: { done: number } };
    expect(latency_ms.done).toBeGreaterThanOrEqual(4_980);
  });

  it("goes on after an error event, says it, and fails in the end", async () => {
    const error = { type: "server_error", code: "some_code", message: "Something broke.", event_id: null };
    const fake = await serve([
      { at: 40, say: (say) => say({ type: "error", error }) },
      ...turn(1, 200, 1_000, "Hello.", "Hi."),
    ]);
    const file = await recording(1_200, [[200, 1_000]]);
    const { code, stdout, stderr } = await run({ url: fake.url, file, json: true });
    expect(code).toBe(1);
    expect(stderr).toBe("The server reports some_code: Something broke.\n");
    expect(JSON.parse(stdout)).toMatchObject({ understood: "Hello." });
  });

  it("says what it has when the server closes in the middle", async () => {
    const script = turn(1, 200, 1_000, "Hello.", "Hi.").slice(0, 3);
    const fake = await serve([...script, { at: 1_800, say: (_say, socket) => socket.close(1013, "busy") }]);
    const file = await recording(1_200, [[200, 1_000]]);
    const { code, stdout, stderr } = await run({ url: fake.url, file });
    expect(code).toBe(1);
    expect(stderr).toBe("The server closed the connection (1013, busy).\n");
    expect(stdout).toContain("understood: Hello.");
  });

  it.each<[string, Script, string]>([
    ["hears nothing", [], "The server heard no speech.\n"],
    [
      "leaves a turn open",
      [
        {
          at: 40,
          say: (say) =>
            say({ type: "input_audio_buffer.speech_started", audio_start_ms: 0, item_id: "item_1" }),
        },
      ],
      "The server keeps us waiting for the end of a turn.\n",
    ],
    [
      "sends no event",
      [{ at: 40, say: (_say, socket) => socket.send("nonsense") }],
      "The server sent a frame that is no event.\n",
    ],
    [
      "leaves out a field",
      [{ at: 40, say: (say) => say({ type: "input_audio_buffer.committed" }) }],
      "The server sent input_audio_buffer.committed without a usable item_id.\n",
    ],
  ])("fails with a sentence when the server %s", async (_what, script, sentence) => {
    const fake = await serve(script);
    const file = await recording(100, [[0, 100]]);
    expect(await run({ url: fake.url, file, json: true })).toEqual({ code: 1, stdout: "", stderr: sentence });
  });

  it("fails with a sentence when the session is not confirmed", async () => {
    const fake = await serve([], false);
    const { code, stderr } = await run({ url: fake.url, file: await recording(100, [[0, 100]]) });
    expect([code, stderr]).toEqual([1, "The server does not confirm the session.\n"]);
  });

  it("says that the key is refused, and that no server is there", async () => {
    const fake = await serve([]);
    const file = await recording(100, [[0, 100]]);
    const refused = await run({ url: fake.url, file, apiKey: "another-key" });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("refuses the API key (401)") });
    const absent = await run({ url: "ws://127.0.0.1:1/v1/realtime", file });
    expect(absent).toMatchObject({ code: 1, stderr: expect.stringContaining("No Realtime server answers") });
    const nonsense = await run({ url: "8080", file });
    expect(nonsense).toMatchObject({ code: 1, stderr: expect.stringContaining("is no address") });
  });

  it("looks at the file before it calls anyone", async () => {
    const fake = await serve([]);
    const file = join(dir, "text.wav");
    await writeFile(file, "not audio at all");
    expect((await run({ url: fake.url, file })).stderr).toBe(
      `${file}: not a usable WAV file: no RIFF/WAVE header.\n`,
    );
    expect((await run({ url: fake.url, file: join(dir, "none.wav") })).stderr).toContain("(ENOENT)");
    await writeFile(file, writeWav({ sampleRate: 16_000, samples: new Int16Array(0) }));
    expect((await run({ url: fake.url, file })).stderr).toContain("holds no audio");
    expect(fake.keys).toEqual([]);
  });

  it("streams what a recorder command writes until it ends", async () => {
    const fake = await serve(turn(1, 200, 1_000, "Hello.", "Hi."));
    const wav = readWav(await readFile(await recording(1_200, [[200, 1_000]], 24_000)));
    const raw = join(dir, "mic.raw");
    await writeFile(raw, bytesFromSamples(wav.samples));
    const { code, stdout } = await run({ url: fake.url, mic: `cat '${raw}'` });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^> Hello\.\n< Hi\.\nunderstood: Hello\.\n/);
    const sent = fake.audio.slice(0, 60).flatMap((frame) => [...frame]);
    expect(sent).toEqual([...wav.samples]);
  });

  it("says that a recorder command failed", async () => {
    const fake = await serve([]);
    const { code, stderr } = await run({ url: fake.url, mic: "exit 3" });
    expect(code).toBe(1);
    expect(stderr).toContain("The recorder command gave no audio (it ended with 3).");
  });
});
