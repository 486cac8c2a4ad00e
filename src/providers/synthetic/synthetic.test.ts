import { describe, expect, it } from "vitest";
import { contract } from "../../../test/support/synthetic-contract.ts";
import { FakeClock } from "../../../test/contracts/fake-clock.ts";
import { firstSegmentCharsMax, SegmentCutter } from "../../actors/response/segments.ts";
import { concatSamples } from "../../audio/pcm.ts";
import { ParleyError } from "../../lib/errors.ts";
import type { LlmEvent, LlmRequest } from "../llm.ts";
import type { TtsRequest } from "../tts.ts";
import { createSyntheticLlm, syntheticTokens } from "./synthetic-llm.ts";
import { createSyntheticStt, syntheticTranscript } from "./synthetic-stt.ts";
import { createSyntheticTts } from "./synthetic-tts.ts";

const never = new AbortController().signal;
const question: LlmRequest = {
  instructions: "",
  messages: [{ role: "user", text: "hello" }],
  tools: [],
  toolChoice: "auto",
  maxOutputTokens: "inf",
  parallelToolCalls: true,
  signal: never,
};
const segment: TtsRequest = { text: "Soon they will.", voice: "any", speed: 1, signal: never };

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Lets time pass in steps until the work is done. */
async function untilDone<T>(clock: FakeClock, work: Promise<T>, stepMs = 1): Promise<T> {
  let done = false;
  const settled = work.finally(() => (done = true));
  settled.catch(() => {});
  await turn();
  for (let left = 10_000; !done && left > 0; left -= stepMs) {
    clock.advance(stepMs);
    await turn();
  }
  return settled;
}

/** What a stream yields, and when, ms after its start. */
async function timed<T>(clock: FakeClock, stream: AsyncIterable<T>, stepMs?: number) {
  const startMs = clock.monotonic();
  const seen: { readonly at: number; readonly value: T }[] = [];
  const all = (async () => {
    for await (const value of stream) seen.push({ at: clock.monotonic() - startMs, value });
  })();
  await untilDone(clock, all, stepMs);
  return seen;
}

const textOf = (events: readonly { readonly value: LlmEvent }[]): string =>
  events.map(({ value }) => (value.type === "text" ? value.text : "")).join("");

describe("synthetic recogniser", () => {
  it("gives its text 50 ms after the utterance, not before", async () => {
    const clock = new FakeClock();
    const stt = createSyntheticStt(contract, clock);
    let text: string | undefined;
    const work = stt
      .transcribe({ audio: new Int16Array(100), signal: never })
      .then((result) => (text = result.text));
    clock.advance(49);
    await turn();
    expect(text).toBeUndefined();
    clock.advance(1);
    expect(await work).toBe(syntheticTranscript);
  });

  it("stops with its signal in mid-wait and leaves no timer", async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const work = createSyntheticStt(contract, clock).transcribe({
      audio: new Int16Array(),
      signal: controller.signal,
    });
    controller.abort();
    await expect(work).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(clock.pending).toBe(0);
  });
});

describe("synthetic language model", () => {
  it("gives 20 words, the first after 50 ms and then one per 5 ms", async () => {
    const clock = new FakeClock();
    const events = await timed(clock, createSyntheticLlm(contract, clock).generate(question));
    const texts = events.filter(({ value }) => value.type === "text");
    expect(texts.map(({ at }) => at)).toEqual(Array.from({ length: 20 }, (_, i) => 50 + 5 * i));
    for (const { value } of texts.slice(0, -1)) {
      expect(value).toEqual({ type: "text", text: expect.stringMatching(/^[A-Za-z]+\.? $/) });
    }
    expect(events.at(-1)?.value).toMatchObject({ type: "end", reason: "stop", outputTokens: 20 });
  });

  it("keeps to its schedule when timers come late", async () => {
    const clock = new FakeClock();
    // time stands still for 37 ms at a time: each token is late by what is left of a step, and never by more
    const events = await timed(clock, createSyntheticLlm(contract, clock).generate(question), 37);
    for (const [i, { at, value }] of events.entries()) {
      if (value.type !== "text") continue;
      expect(at).toBeGreaterThanOrEqual(50 + 5 * i);
      expect(at).toBeLessThan(50 + 5 * i + 37);
    }
  });

  it("makes two sentences of which each is one segment, known to have ended with its last token", () => {
    const tokens = syntheticTokens(contract);
    const cutter = new SegmentCutter();
    const closed = tokens.map((token) => cutter.push(token));
    expect(closed.flatMap((segments, i) => (segments.length > 0 ? [i] : []))).toEqual([9]);
    const segments = [...closed.flat(), ...cutter.end()];
    expect(segments).toHaveLength(2);
    for (const text of segments) {
      expect(text.trim().split(" ")).toHaveLength(10);
      expect(text.length).toBeLessThan(firstSegmentCharsMax);
    }
  });

  it("goes on after what was delivered, and refuses to go on after another's words", async () => {
    const clock = new FakeClock();
    const llm = createSyntheticLlm(contract, clock);
    const whole = syntheticTokens(contract).join("");
    const rest = await timed(clock, llm.generate({ ...question, continueAfter: whole.slice(0, 33) }));
    expect(textOf(rest)).toBe(whole.slice(33));
    const foreign = timed(clock, llm.generate({ ...question, continueAfter: "Once upon" }));
    await expect(foreign).rejects.toBeInstanceOf(ParleyError);
  });

  it("keeps to the limit of tokens", async () => {
    const clock = new FakeClock();
    const events = await timed(
      clock,
      createSyntheticLlm(contract, clock).generate({ ...question, maxOutputTokens: 3 }),
    );
    expect(textOf(events)).toBe(syntheticTokens(contract).slice(0, 3).join(""));
    expect(events.at(-1)?.value).toMatchObject({ reason: "max_output_tokens", outputTokens: 3 });
  });
});

describe("synthetic voice", () => {
  const speak = async (request: Partial<TtsRequest>) => {
    const clock = new FakeClock();
    return timed(clock, createSyntheticTts(contract, clock).synthesize({ ...segment, ...request }));
  };

  it("speaks 300 ms a word: 100 ms after 30 ms, and 100 ms more every 10 ms", async () => {
    const chunks = await speak({ text: "Soon they will walk." });
    expect(chunks.map(({ at }) => at)).toEqual(Array.from({ length: 12 }, (_, i) => 30 + 10 * i));
    for (const { value } of chunks) expect(value.pcm).toHaveLength(2_400);
  });

  it("tells by its magnitude which answer it speaks, in one unbroken wave of 500 Hz", async () => {
    for (const [answer, magnitude] of [
      [0, 1_000],
      [1, 1_064],
      [255, 17_320],
      [256, 1_000],
    ] as const) {
      const chunks = await speak({ answer });
      const samples = concatSamples(chunks.map(({ value }) => value.pcm));
      expect(samples).toHaveLength(21_600);
      const wave = Int16Array.from({ length: samples.length }, (_, i) =>
        i % 48 < 24 ? magnitude : -magnitude,
      );
      expect(samples).toEqual(wave);
    }
  });

  it("says with the chunk in which a word ends where that is", async () => {
    const chunks = await speak({ text: "Soon they, too. " });
    const marks = chunks.map(({ value }) => value.marks);
    expect(marks.map((some) => some?.length)).toEqual([0, 0, 1, 0, 0, 1, 0, 0, 1]);
    expect(marks.flat()).toEqual([
      { chars: 4, samples: 7_200 },
      { chars: 10, samples: 14_400 },
      { chars: 15, samples: 21_600 },
    ]);
  });

  it("ends with a shorter chunk where the words are no whole number of them", async () => {
    const chunks = await speak({ text: "Soon", speed: 1.25 });
    expect(chunks.map(({ value }) => value.pcm.length)).toEqual([2_400, 2_400, 960]);
  });
});
