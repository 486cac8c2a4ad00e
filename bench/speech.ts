import { existsSync, readdirSync } from "node:fs";
import { loadConfig } from "../src/config.ts";
import { Random } from "../test/support/random.ts";
import { converse, thinkMs } from "./conversations.ts";
import { Samples } from "./percentiles.ts";
import type { RunResult } from "./report.ts";
import { quietClip, recordedClip } from "./speech-frames.ts";
import type { Clip } from "./speech-frames.ts";
import { Talker } from "./talker.ts";
import type { TurnObserver } from "./talker.ts";
import { eventFrame } from "./websocket-frames.ts";
import { commonFigures, detailsOf, inWorld, trust } from "./world.ts";
import type { World } from "./world.ts";
import { bytesPerMs } from "./contract.ts";

export interface SpeechSettings {
  readonly sessions: number;
  readonly seconds: number;
  /** WAV to speak with instead of the recordings of the tests. */
  readonly speech?: string;
  readonly seed: number;
  readonly pinned: boolean;
  readonly profileDir?: string;
}

const recordings = new URL("../test/fixtures/audio/", import.meta.url);
const real = {
  PARLEY_STT: "moonshine",
  PARLEY_LLM: "builtin",
  PARLEY_TTS: "hibari",
  PARLEY_VAD: "silero",
} as const;

/** Recorded speech through the real recogniser, assistant and voice. */
export async function benchSpeech(settings: SpeechSettings): Promise<RunResult> {
  const { modelsDir } = loadConfig();
  const missing = ["moonshine", "hibari", "silero"].filter((part) => !existsSync(`${modelsDir}/${part}`));
  if (missing.length > 0) {
    const note = `skipped: no model of ${missing.join(", ")} is here; npm run parley -- models fetch gets them`;
    return { figures: [], notes: [note], details: {} };
  }
  const { pinned, profileDir } = settings;
  return inWorld({ pinned, env: real, ...(profileDir !== undefined && { profileDir }) }, (world) =>
    talk(world, settings),
  );
}

async function talk(world: World, { sessions, seconds, speech, seed }: SpeechSettings): Promise<RunResult> {
  const random = new Random(seed);
  const heard = new Heard();
  const utterances = speech === undefined ? await allRecordings() : [await recordedClip(speech)];
  const common = {
    vad: real.PARLEY_VAD,
    utterances,
    quiet: quietClip(),
    random,
    next: "played",
    thinkMs,
  } as const;
  const talkers = Array.from(
    { length: sessions },
    () => new Talker({ ...common, observer: heard.observer() }),
  );
  const greeting = eventFrame({
    type: "session.update",
    session: { type: "realtime", audio: { input: { transcription: { model: "moonshine" } } } },
  });
  const { use, probed } = await converse(world, { talkers, seconds, random, greeting });
  const trusted = trust(world.pacer, probed);
  return {
    figures: [
      ...heard.figures(),
      ...(await factors(world, heard)),
      ...commonFigures(world.tally, use),
      ...trusted.figures,
    ],
    notes: trusted.notes,
    details: detailsOf(world.tally),
  };
}

function allRecordings(): Promise<readonly Clip[]> {
  const files = readdirSync(recordings).filter((file) => file.endsWith(".wav"));
  return Promise.all(files.toSorted().map((file) => recordedClip(new URL(file, recordings))));
}

class Heard {
  private readonly firstAudio = new Samples();
  private readonly transcript = new Samples();
  private turns = 0;
  private lost = 0;
  speechMs = 0;
  voiceMs = 0;

  observer(): TurnObserver {
    let startMs = 0;
    return {
      begun: () => void (this.turns += 1),
      answering: () => {},
      firstAudio: (ms) => this.firstAudio.add(ms),
      audio: (base64) => void (this.voiceMs += (base64.length * 3) / 4 / bytesPerMs),
      done: () => {},
      lost: () => void (this.lost += 1),
      stray: () => {},
      event: ({ type, audio_start_ms: start = 0, audio_end_ms: end = 0 }, ms) => {
        if (type === "input_audio_buffer.speech_started") startMs = start;
        if (type === "input_audio_buffer.speech_stopped") this.speechMs += end - startMs;
        if (type === "conversation.item.input_audio_transcription.completed" && ms !== undefined)
          this.transcript.add(ms);
      },
    };
  }

  figures() {
    const { firstAudio, transcript } = this;
    return [
      { name: "turns", value: this.turns, unit: "" },
      { name: "turns lost", value: this.lost, unit: "" },
      { name: "turn's end → transcript p50", value: transcript.percentile(50), unit: "ms" },
      { name: "turn's end → transcript p90", value: transcript.percentile(90), unit: "ms" },
      { name: "turn's end → transcript max", value: transcript.max, unit: "ms" },
      { name: "turn's end → first audio p50", value: firstAudio.percentile(50), unit: "ms" },
      { name: "turn's end → first audio p90", value: firstAudio.percentile(90), unit: "ms" },
      { name: "turn's end → first audio max", value: firstAudio.max, unit: "ms" },
      { name: "speech heard", value: this.speechMs / 1_000, unit: "s" },
      { name: "speech made", value: this.voiceMs / 1_000, unit: "s" },
    ];
  }
}

/** Seconds of work for a second of speech, as the server's own metrics count the work: recognition with all that was
 *  done for nothing (pauses that were no end, partial readings), the voice without. */
async function factors({ server }: World, { speechMs, voiceMs }: Heard) {
  const answer = await fetch(`${server.http}/metrics`, { headers: server.headers });
  const text = await answer.text();
  const seconds = (name: string): number => Number(new RegExp(`^${name}_sum (\\S+)`, "m").exec(text)?.[1]);
  const factor = (name: string, ms: number) => (ms > 0 ? seconds(name) / (ms / 1_000) : undefined);
  return [
    { name: "recognition, real-time factor", value: factor("stt_transcription", speechMs), unit: "" },
    { name: "voice, real-time factor", value: factor("tts_synthesis", voiceMs), unit: "" },
  ];
}
