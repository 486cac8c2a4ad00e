import { afterAll, beforeAll, expect, it } from "vitest";
import { resample } from "../../src/audio/resample.ts";
import { defaultServerVad } from "../../src/protocol/turn-detection.ts";
import type { TurnDetection } from "../../src/protocol/turn-detection.ts";
import { createFliteTts } from "../../src/providers/flite/flite.ts";
import { createHibariTts } from "../../src/providers/hibari/hibari.ts";
import { modelPath } from "../../src/providers/models/models.ts";
import { createMoonshineStt } from "../../src/providers/moonshine/moonshine.ts";
import { createSileroVad } from "../../src/providers/silero/silero.ts";
import { createSmartTurn } from "../../src/providers/smart-turn/smart-turn.ts";
import type { TtsProvider } from "../../src/providers/tts.ts";
import { ensureTestModels } from "../support/models.ts";
import { readRecordings } from "../support/recordings.ts";
import { hearTurns, joined, quiet, trimmed } from "../support/turn-bench.ts";
import type { TurnParts } from "../support/turn-bench.ts";

const frameMs = 32;
const semantic = (eagerness: "high" | "medium" | "low"): TurnDetection => ({
  type: "semantic_vad",
  eagerness,
  create_response: true,
  interrupt_response: true,
});

/** How the same audio is listened to, and the longest silence that each waits for, ms. */
const columns = [
  { name: "server_vad", detection: defaultServerVad, longestMs: 500 },
  { name: "high", detection: semantic("high"), longestMs: 2_000 },
  { name: "medium", detection: semantic("medium"), longestMs: 4_000 },
  { name: "low", detection: semantic("low"), longestMs: 8_000 },
] as const;

interface Phrase {
  readonly name: string;
  readonly isFinished: boolean;
  readonly audio: Int16Array;
}

let parts: Required<TurnParts>;
const voices: TtsProvider[] = [];
let phrases: readonly Phrase[];

beforeAll(async () => {
  const models = await ensureTestModels();
  const [vad, turnEnd, stt, hibari, flite] = await Promise.all([
    createSileroVad({ modelPath: modelPath(models, "silero/silero_vad.onnx") }),
    createSmartTurn({ modelPath: modelPath(models, "smart-turn/smart-turn-v3.2-cpu.onnx") }),
    createMoonshineStt({ modelDir: `${models}/moonshine/tiny-en`, threads: 1 }),
    createHibariTts({ modelDir: `${models}/hibari`, threads: 1 }),
    createFliteTts({}),
  ]);
  parts = { vad, turnEnd, stt };
  voices.push(hibari, flite);
  phrases = await makePhrases(hibari, flite);
});
afterAll(() => Promise.all([...Object.values(parts), ...voices].map((part) => part.close())));

/** Sentences that end, sentences that stop in the middle, and sentences that are cut off there: `|` is the share of
 *  the audio that is left. */
const spoken = {
  hibari: [
    "I would like to book a table for two.",
    "Can you tell me what the weather is like tomorrow?",
    "Set a timer for ten minutes.",
    "Tell me a story about a dragon.",
    "What time is it?",
    "No, thank you.",
    "I would like to book a table for",
    "I would like to book a table for, um,",
    "Please call me back because",
    "I need to go to the",
    "The reason I am calling is that my",
    "So, I was wondering if",
    "I would like to book a table for two.|0.5",
    "I would like to book a table for two.|0.65",
    "Can you tell me what the weather is like tomorrow?|0.65",
    "Can you tell me what the weather is like tomorrow?|0.8",
    "Tell me a story about a dragon.|0.65",
  ],
  flite: [
    "I would like to book a table for two.",
    "Set a timer for ten minutes.",
    "Tell me a story about a dragon.",
    "I would like to book a table for, um,",
    "Please call me back because",
    "So, I was wondering if",
  ],
} as const;
const finishedRecordings = ["ps_cards_001.wav", "ps_goforward.wav", "ps_librivox_0870.wav"];

async function makePhrases(hibari: TtsProvider, flite: TtsProvider): Promise<readonly Phrase[]> {
  const made: Phrase[] = [];
  for (const voice of [hibari, flite]) {
    for (const line of spoken[voice.name as keyof typeof spoken]) {
      const [text = "", share = "1"] = line.split("|");
      const whole = trimmed(await say(voice, text));
      const audio = whole.subarray(0, Math.floor(whole.length * Number(share)));
      const isFinished = share === "1" && /[.?]$/.test(text);
      const cut = share === "1" ? "" : `, first ${Math.round(Number(share) * 100)} %`;
      made.push({ name: `${voice.name}: ${text}${cut}`, isFinished, audio });
    }
  }
  for (const { file, samples } of await readRecordings()) {
    if (!finishedRecordings.includes(file)) continue;
    made.push({ name: `recording: ${file}`, isFinished: true, audio: resample(samples, 16_000, 24_000) });
  }
  return made;
}

async function say(voice: TtsProvider, text: string): Promise<Int16Array> {
  const chunks: Int16Array[] = [];
  const signal = new AbortController().signal;
  for await (const { pcm } of voice.synthesize({ text, voice: "", speed: 1, signal })) chunks.push(pcm);
  return joined(...chunks);
}

/** Silence from the last speech to the commit in each column, ms. */
async function silencesOf({ audio }: Phrase, given: TurnParts): Promise<readonly number[]> {
  const silences: number[] = [];
  for (const { detection, longestMs } of columns) {
    const turns = await hearTurns(joined(quiet(300), audio, quiet(longestMs + 700)), detection, given);
    silences.push(turns.at(-1)!.silenceMs);
  }
  return silences;
}

const [server, high, medium, low] = [0, 1, 2, 3] as const;
const shareOf = <T>(all: readonly T[], holds: (one: T) => boolean): number =>
  all.filter(holds).length / all.length;

it("[SEM-1] commits what is finished before server_vad does, and what is not after it", async () => {
  const rows: { readonly phrase: Phrase; readonly silences: readonly number[] }[] = [];
  for (const phrase of phrases) rows.push({ phrase, silences: await silencesOf(phrase, parts) });
  const lines = rows.map(
    ({ phrase, silences }) =>
      `| ${phrase.name} | ${phrase.isFinished ? "yes" : "no"} | ${silences.join(" | ")} |`,
  );
  process.stdout.write(`${lines.join("\n")}\n`);

  for (const { phrase, silences } of rows) {
    expect(silences[server], phrase.name).toBe(512);
    // [SEM-2]: the same pause, the same answer
    expect(silences[high], phrase.name).toBeLessThan(silences[medium]!);
    expect(silences[medium], phrase.name).toBeLessThan(silences[low]!);
    for (const [i, { longestMs }] of columns.entries())
      expect(silences[i], phrase.name).toBeLessThan(longestMs + frameMs);
  }

  const finished = rows.filter(({ phrase }) => phrase.isFinished);
  const unfinished = rows.filter(({ phrase }) => !phrase.isFinished);
  expect([finished.length, unfinished.length]).toEqual([12, 14]);
  // the model is no oracle, and machine voices are not what it has learned from
  expect(shareOf(finished, ({ silences }) => silences[medium]! < 512)).toBeGreaterThanOrEqual(0.75);
  expect(shareOf(unfinished, ({ silences }) => silences[medium]! > 512)).toBeGreaterThanOrEqual(0.75);
  expect(shareOf(unfinished, ({ silences }) => silences[high]! > 512)).toBeGreaterThanOrEqual(0.75);
  for (const column of [high, medium, low]) {
    const pairs = finished.flatMap((one) =>
      unfinished.map((other) => [one.silences[column]!, other.silences[column]!] as const),
    );
    expect(shareOf(pairs, ([one, other]) => one < other)).toBeGreaterThanOrEqual(0.75);
  }
});

it("is helped by the words where a voice falls in mid-sentence", async () => {
  const left = phrases.filter(({ name, isFinished }) => !isFinished && name.startsWith("hibari"));
  const longer: string[] = [];
  for (const phrase of left) {
    const audio = joined(quiet(300), phrase.audio, quiet(4_700));
    const [withWords, without] = [
      await hearTurns(audio, semantic("medium"), parts),
      await hearTurns(audio, semantic("medium"), { vad: parts.vad, turnEnd: parts.turnEnd }),
    ].map((turns) => turns.at(-1)!.silenceMs) as [number, number];
    expect(withWords).toBeGreaterThanOrEqual(without);
    if (withWords > without + 500) longer.push(`${phrase.name}: ${without} → ${withWords} ms`);
  }
  process.stdout.write(`${longer.join("\n")}\n`);
  expect(longer.length).toBeGreaterThanOrEqual(2);
});

it("makes one turn of a speaker who pauses in mid-thought, when it is not eager", async () => {
  const beckett = (await readRecordings()).find(({ file }) => file === "ms_beckett.wav")!;
  const speech = resample(beckett.samples, 16_000, 24_000);
  const counts: number[] = [];
  for (const { detection, longestMs } of columns)
    counts.push((await hearTurns(joined(speech, quiet(longestMs + 700)), detection, parts)).length);
  process.stdout.write(`turns in ms_beckett.wav: ${counts.join(", ")}\n`);
  expect(counts[low]).toBeLessThan(counts[server]!);
});
