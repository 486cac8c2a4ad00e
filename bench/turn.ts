import { Random } from "../test/support/random.ts";
import { AnswerCheck, answerBytes, firstAudioMs, lateMs } from "./contract.ts";
import { converse, thinkMs } from "./conversations.ts";
import { Samples } from "./percentiles.ts";
import type { Figure, RunResult } from "./report.ts";
import { synthetic } from "./server-process.ts";
import { defaultRecording, quietClip, recordedClip, toneClips } from "./speech-frames.ts";
import { Talker } from "./talker.ts";
import type { NextTurn, TurnObserver } from "./talker.ts";
import { commonFigures, detailsOf, difference, inWorld, trust } from "./world.ts";
import type { World } from "./world.ts";

export interface TurnSettings {
  readonly sessions: number;
  readonly seconds: number;
  readonly vad: "energy" | "silero";
  /** WAV to speak with instead of the bench's own. */
  readonly speech?: string;
  readonly next: NextTurn;
  readonly seed: number;
  readonly pinned: boolean;
  readonly profileDir?: string;
}

/** `sessions` clients talk in real time for `seconds`. */
export async function benchTurn(settings: TurnSettings): Promise<RunResult> {
  const { sessions, vad, pinned, profileDir } = settings;
  const env = { ...synthetic(vad), PARLEY_MAX_SESSIONS: `${sessions}` };
  return inWorld({ pinned, env, ...(profileDir !== undefined && { profileDir }) }, (world) =>
    talk(world, settings),
  );
}

async function talk(world: World, settings: TurnSettings): Promise<RunResult> {
  const outcome = new Outcome();
  const random = new Random(settings.seed);
  const utterances =
    settings.speech === undefined && settings.vad === "energy"
      ? toneClips()
      : [await recordedClip(settings.speech ?? defaultRecording)];
  const { vad } = settings;
  const common = { vad, utterances, quiet: quietClip(), random, next: settings.next, thinkMs };
  const talkers = Array.from(
    { length: settings.sessions },
    () => new Talker({ ...common, observer: outcome.observer() }),
  );
  const { use, probed } = await converse(world, { talkers, seconds: settings.seconds, random });
  const trusted = trust(world.pacer, probed);
  return {
    figures: [...outcome.figures(probed.p99), ...commonFigures(world.tally, use), ...trusted.figures],
    notes: trusted.notes,
    details: { sinceTurnsEnd: outcome.stages(), ...detailsOf(world.tally), log: world.server.logCounts() },
  };
}

/** What the turns of all talkers came to. */
class Outcome {
  /** First audio later than the contract says, ms. */
  private readonly added = new Samples();
  private readonly done = new Samples();
  /** From the end of the turn to each event of it, ms. */
  private readonly since = new Map<string, Samples>();
  private begun = 0;
  private late = 0;
  private lost = 0;
  /** Answers that are not the bytes that they must be. */
  private broken = 0;
  private staleBytes = 0;
  private wrongBytes = 0;
  private missingBytes = 0;

  observer(): TurnObserver {
    let check = new AnswerCheck(0);
    return {
      begun: () => void (this.begun += 1),
      answering: (answer) => void (check = new AnswerCheck(answer)),
      firstAudio: (ms) => {
        this.added.add(ms - firstAudioMs);
        if (ms - firstAudioMs > lateMs) this.late += 1;
      },
      audio: (base64) => check.take(base64),
      done: (ms) => {
        this.done.add(ms);
        if (!check.whole) this.broken += 1;
        this.staleBytes += check.staleBytes;
        this.wrongBytes += check.wrongBytes;
        this.missingBytes += Math.max(0, answerBytes - check.bytes);
      },
      lost: () => void (this.lost += 1),
      stray: (bytes) => void (this.staleBytes += bytes),
      event: ({ type }, ms) => {
        if (ms === undefined) return;
        const samples = this.since.get(type) ?? new Samples();
        this.since.set(type, samples);
        samples.add(ms);
      },
    };
  }

  /** When the events of a turn come, ms since its end. */
  stages(): Readonly<Record<string, unknown>> {
    const times = [...this.since].map(([type, samples]) => [
      type,
      { p50: samples.percentile(50), p99: samples.percentile(99) },
    ]);
    return Object.fromEntries(times) as Record<string, unknown>;
  }

  figures(probeP99: number | undefined): readonly Figure[] {
    const { added, done } = this;
    return [
      { name: "turns", value: this.begun, unit: "" },
      { name: "turns late", value: this.late, unit: "" },
      { name: "turns lost", value: this.lost, unit: "" },
      { name: "added latency p50", value: added.percentile(50), unit: "ms" },
      { name: "added latency p90", value: added.percentile(90), unit: "ms" },
      { name: "added latency p99", value: added.percentile(99), unit: "ms" },
      { name: "added latency max", value: added.max, unit: "ms" },
      { name: "added p99 − probe p99", value: difference(added.percentile(99), probeP99), unit: "ms" },
      { name: "turn's end → response.done p50", value: done.percentile(50), unit: "ms" },
      { name: "turn's end → response.done p99", value: done.percentile(99), unit: "ms" },
      { name: "answers not whole", value: this.broken, unit: "" },
      { name: "stale bytes", value: this.staleBytes, unit: "B" },
      { name: "wrong bytes", value: this.wrongBytes, unit: "B" },
      { name: "missing bytes", value: this.missingBytes, unit: "B" },
    ];
  }
}
