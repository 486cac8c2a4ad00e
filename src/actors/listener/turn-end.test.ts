import { afterEach, describe, expect, it } from "vitest";
import { loudnessVad } from "../../../test/support/loudness.ts";
import { FakeClock } from "../../../test/contracts/fake-clock.ts";
import { bytesFromSamples } from "../../audio/pcm.ts";
import type { ItemId, RunId } from "../../lib/ids.ts";
import { defaultSessionConfig } from "../../protocol/session-config.ts";
import { defaultServerVad } from "../../protocol/turn-detection.ts";
import type { TurnDetection } from "../../protocol/turn-detection.ts";
import { createActorSystem, spawn } from "../runtime/actor.ts";
import type { SpeechMessage } from "../session/messages.ts";
import { Hearing } from "./hearing.ts";
import { listenerBehaviour } from "./listener-actor.ts";

const semantic = (eagerness: "low" | "medium" | "high"): TurnDetection => ({
  type: "semantic_vad",
  eagerness,
  create_response: true,
  interrupt_response: true,
});

interface Question {
  readonly samples: Int16Array;
  readonly signal: AbortSignal;
  answer(probability: number | undefined): void;
  fail(): void;
}

let stop = async (): Promise<void> => {};
afterEach(() => stop());

/** The real listener, with a model and a recogniser that the test answers for. */
function bench(detection: TurnDetection, language?: string) {
  const clock = new FakeClock();
  const system = createActorSystem({ clock });
  stop = () => system.stop();
  const { input } = defaultSessionConfig("parley").audio;
  const told: SpeechMessage[] = [];
  const questions: Question[] = [];
  const readings: { readonly item: ItemId; readonly end: number }[] = [];
  const listener = spawn(
    system,
    "listener",
    listenerBehaviour(
      {
        vad: loudnessVad(),
        clock,
        turnEnd: {
          name: "asked",
          judge: (samples, signal) =>
            new Promise((resolve, reject) => {
              questions.push({ samples, signal, answer: resolve, fail: () => reject(new Error("failed")) });
            }),
          close: async () => {},
        },
        hearing: new Hearing(),
        tellSession: (message) => void told.push(message),
        recognize: (item, end) => void readings.push({ item, end }),
        keep: () => {},
        release: () => {},
      },
      () => ({
        input: { ...input, turn_detection: detection, transcription: { language } },
        writtenMs: 0,
        cuts: 0,
        itemPrefix: "1",
      }),
    ),
    { normalMax: 1_000 },
  );
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 8; turn += 1) await new Promise<void>((done) => void setImmediate(done));
  };
  return {
    clock,
    questions,
    settle,
    async hear(ms: number, loudness: number): Promise<void> {
      listener.tell({
        type: "audio",
        bytes: bytesFromSamples(new Int16Array(ms * 24).fill(loudness)),
      });
      await settle();
    },
    /** What was said up to the last pause is recognised. */
    async read(text: string): Promise<void> {
      const { item, end } = readings.at(-1)!;
      const out = { type: "stt.done", item, end, run: "run_1" as RunId, text } as const;
      listener.urgent({ type: "out", out });
      await settle();
    },
    async configure(next: TurnDetection): Promise<void> {
      listener.tell({ type: "configure", input: { ...input, turn_detection: next } });
      await settle();
    },
    /** An answer is given that backchannels do not interrupt. */
    async answering(): Promise<void> {
      const guard = { minSpeechMs: 100, ignoresBackchannels: true };
      listener.urgent({ type: "answering", guard });
      await settle();
    },
    /** Ends of the turns, ms of audio. */
    ends: () => told.flatMap((message) => (message.type === "speech.stopped" ? [message.endMs] : [])),
  };
}

/** Speech of 960 ms and silence of 9 s; a frame is 32 ms. */
async function speakAndWait(detection: TurnDetection, language?: string) {
  const heard = bench(detection, language);
  await heard.hear(960, 8_000);
  await heard.hear(9_000, 0);
  return heard;
}

describe("the end of a turn", () => {
  it.each([
    ["high", 1, "Go on.", 960 + 256],
    ["medium", 1, "Go on.", 960 + 384],
    ["low", 1, "Go on.", 960 + 768],
    ["high", 0, "Go on.", 960 + 2_016],
    ["medium", 0, "Go on.", 960 + 4_000],
    ["low", 0, "Go on.", 960 + 8_000],
    ["medium", 1, "Go on and", 960 + 4_000],
  ] as const)(
    "[SEM-2] at %s, finished with probability %d after %j",
    async (eagerness, probability, text, end) => {
      const heard = await speakAndWait(semantic(eagerness));
      expect(heard.ends()).toEqual([]);
      heard.questions[0]!.answer(probability);
      await heard.read(text);
      expect(heard.ends()).toEqual([end]);
      expect(heard.questions).toHaveLength(1);
    },
  );

  it.each([
    ["fails", (question: Question) => question.fail()],
    ["has too much to do", (question: Question) => question.answer(undefined)],
    ["does not answer", () => {}],
  ])("[SEM-3] is found by silence when the model %s", async (_name, react) => {
    const heard = await speakAndWait(semantic("medium"));
    react(heard.questions[0]!);
    await heard.read("Go on.");
    heard.clock.advance(999);
    await heard.settle();
    heard.clock.advance(1);
    await heard.settle();
    expect(heard.ends()).toEqual([960 + 1_248]);
  });

  it("[SEM-3] is found by the model alone when nothing is recognised in time", async () => {
    const heard = await speakAndWait(semantic("medium"));
    heard.questions[0]!.answer(1);
    await heard.settle();
    expect(heard.ends()).toEqual([]);
    heard.clock.advance(1_000);
    await heard.settle();
    expect(heard.ends()).toEqual([960 + 384]);
  });

  it("[SEM-4] is asked for anew after each pause, and an answer about an earlier one does not count", async () => {
    const heard = bench(semantic("medium"));
    await heard.hear(960, 8_000);
    await heard.hear(320, 0);
    await heard.hear(640, 8_000);
    expect(heard.questions[0]!.signal.aborted).toBe(true);
    await heard.hear(9_000, 0);
    expect(heard.questions).toHaveLength(2);
    // the second question is put with all of the turn
    expect(heard.questions[1]!.samples.length).toBeGreaterThan(heard.questions[0]!.samples.length + 14_000);
    heard.questions[0]!.answer(0);
    heard.questions[1]!.answer(1);
    await heard.read("Go on.");
    expect(heard.ends()).toEqual([1_920 + 384]);
  });

  it("[SEM-4] lies at the same place however late it is known and however the audio comes", async () => {
    const late = bench(semantic("high"));
    for (let ms = 0; ms < 960; ms += 20) await late.hear(20, 8_000);
    for (let ms = 0; ms < 600; ms += 20) await late.hear(20, 0);
    expect(late.ends()).toEqual([]);
    late.questions[0]!.answer(1);
    await late.read("Go on.");
    expect(late.ends()).toEqual([960 + 256]);
  });

  it("[SEM-4] is found behind speech that turned out to be none", async () => {
    const heard = bench(semantic("medium"));
    await heard.answering();
    await heard.hear(640, 8_000);
    await heard.hear(1_280, 0);
    heard.questions[0]!.answer(1);
    await heard.read("Uh-huh.");
    await heard.hear(1_280, 8_000);
    await heard.hear(1_280, 0);
    expect(heard.ends()).toEqual([]);
    heard.questions[1]!.answer(1);
    await heard.read("Stop it.");
    expect(heard.ends()).toEqual([3_200 + 384]);
  });

  it("does not lie where English words would put it, in another language", async () => {
    const heard = await speakAndWait(semantic("medium"), "de");
    heard.questions[0]!.answer(1);
    await heard.read("Ich rufe morgen an");
    expect(heard.ends()).toEqual([960 + 384]);
  });

  it("[SEM-5] is not asked of the model under server_vad", async () => {
    const heard = await speakAndWait(defaultServerVad);
    expect(heard.ends()).toEqual([960 + 512]);
    expect(heard.questions).toEqual([]);
  });

  it("follows a change to server_vad at once", async () => {
    const heard = await speakAndWait(semantic("low"));
    expect(heard.ends()).toEqual([]);
    await heard.configure(defaultServerVad);
    // so much silence had been judged before the wait for the model
    expect(heard.ends()).toEqual([960 + 768]);
    expect(heard.questions[0]!.signal.aborted).toBe(true);
  });

  it("comes when the client sends nothing more, after the silence in force and a second", async () => {
    const heard = bench(semantic("high"));
    await heard.hear(960, 8_000);
    await heard.hear(192, 0);
    heard.questions[0]!.answer(0);
    await heard.read("Go on.");
    heard.clock.advance(2_999);
    await heard.settle();
    expect(heard.ends()).toEqual([]);
    heard.clock.advance(2);
    await heard.settle();
    expect(heard.ends()).toHaveLength(1);
  });

  it("comes then, too, when speech had gone on before it was known whether it counts", async () => {
    const heard = bench(defaultServerVad);
    await heard.answering();
    await heard.hear(640, 8_000);
    await heard.hear(640, 0);
    await heard.hear(1_280, 8_000);
    expect(heard.ends()).toEqual([]);
    heard.clock.advance(1_501);
    await heard.settle();
    expect(heard.ends()).toHaveLength(1);
  });
});
