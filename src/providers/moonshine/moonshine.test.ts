import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureTestModels } from "../../../test/support/models.ts";
import { type Recording, readRecordings } from "../../../test/support/recordings.ts";
import { addWordErrors, wordErrors } from "../../../test/support/wer.ts";
import { concatSamples } from "../../audio/pcm.ts";
import type { SttProvider } from "../stt.ts";
import { createMoonshineStt } from "./moonshine.ts";

/** A signal of its own for each request, as callers have. */
const never = () => new AbortController().signal;
let modelDir: string;
let recordings: readonly Recording[];
let stt: SttProvider;

beforeAll(async () => {
  modelDir = `${await ensureTestModels()}/moonshine/tiny-en`;
  recordings = await readRecordings();
  stt = await createMoonshineStt({ modelDir, threads: 2 });
}, 120_000);
afterAll(() => stt.close());

describe("moonshine", () => {
  it("recognises the recordings, several at a time", { timeout: 60_000 }, async () => {
    const results = await Promise.all(
      recordings.map(async ({ samples, reference }) => {
        const { text } = await stt.transcribe({ audio: samples, signal: never() });
        return wordErrors(reference, text);
      }),
    );
    const { errors, words } = addWordErrors(results);
    expect(words).toBe(60);
    expect(errors).toBeLessThanOrEqual(4);
  });

  it("joins what it had to cut: all recordings as one utterance", { timeout: 60_000 }, async () => {
    const pause = new Int16Array(8_000);
    const audio = concatSamples(recordings.flatMap(({ samples }) => [samples, pause]));
    const { text } = await stt.transcribe({ audio, signal: never() });
    const { errors, words } = wordErrors(recordings.map(({ reference }) => reference).join(" "), text);
    expect(errors / words).toBeLessThan(0.2);
  });

  it("hears nothing in silence, or in less than a tenth of a second", async () => {
    expect(await stt.transcribe({ audio: new Int16Array(32_000), signal: never() })).toEqual({ text: "" });
    expect(
      await stt.transcribe({ audio: recordings[0]!.samples.subarray(0, 1_599), signal: never() }),
    ).toEqual({ text: "" });
  });

  it("leaves the caller's samples as they were", async () => {
    const audio = recordings[1]!.samples.slice();
    await stt.transcribe({ audio, signal: never() });
    expect(audio).toEqual(recordings[1]!.samples);
  });

  it(
    "rejects at once when aborted, before, while waiting and while running, and goes on",
    { timeout: 60_000 },
    async () => {
      const audio = concatSamples(recordings.map(({ samples }) => samples));
      const aborted = { audio, signal: AbortSignal.abort() };
      await expect(stt.transcribe(aborted)).rejects.toMatchObject({ code: "ERR_ABORTED" });
      const stop = new AbortController();
      const running = Array.from({ length: 6 }, () => stt.transcribe({ audio, signal: stop.signal }));
      stop.abort();
      const outcomes = await Promise.allSettled(running);
      for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: "ERR_ABORTED" } });
      const { text } = await stt.transcribe({ audio: recordings[1]!.samples, signal: never() });
      expect(text).not.toBe("");
    },
  );

  it("stops an aborted run early instead of finishing it", { timeout: 60_000 }, async () => {
    const one = await createMoonshineStt({ modelDir, threads: 1 });
    const audio = concatSamples(Array.from({ length: 6 }, () => recordings[0]!.samples)); // a minute, seconds of work
    const timed = async (run: () => Promise<unknown>): Promise<number> => {
      const started = performance.now();
      await run();
      return performance.now() - started;
    };
    const whole = await timed(() => one.transcribe({ audio, signal: never() }));
    const cut = await timed(async () => {
      const stop = new AbortController();
      const running = one.transcribe({ audio, signal: stop.signal });
      stop.abort();
      await expect(running).rejects.toMatchObject({ code: "ERR_ABORTED" });
      await one.transcribe({ audio: recordings[1]!.samples, signal: never() }); // waits for the thread
    });
    expect(cut).toBeLessThan(whole / 2);
    await one.close();
  });

  it("refuses what is beyond its queue, and rejects what waits on close", { timeout: 60_000 }, async () => {
    const one = await createMoonshineStt({ modelDir, threads: 1 });
    const audio = recordings[1]!.samples;
    const accepted = Array.from({ length: 65 }, () => one.transcribe({ audio, signal: never() })); // one runs, 64 wait
    const settled = Promise.allSettled(accepted);
    await expect(one.transcribe({ audio, signal: never() })).rejects.toMatchObject({ code: "ERR_BUSY" });
    await one.close();
    const outcomes = await settled;
    expect(outcomes[0]).toMatchObject({ status: "fulfilled" });
    for (const outcome of outcomes.slice(1))
      expect(outcome).toMatchObject({ reason: { code: "ERR_CLOSED" } });
    await expect(one.transcribe({ audio, signal: never() })).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });

  it("says that the models are missing", async () => {
    const missing = createMoonshineStt({ modelDir: `${modelDir}/nowhere`, threads: 1 });
    await expect(missing).rejects.toMatchObject({ code: "ERR_MODELS" });
  });
});
