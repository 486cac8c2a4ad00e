import { setTimeout as wait } from "node:timers/promises";
import { Random } from "../test/support/random.ts";
import { lostMs } from "./contract.ts";
import { frameMs } from "./pacer.ts";
import { Samples } from "./percentiles.ts";
import type { ProbeFigures } from "./probe.ts";
import type { RunResult } from "./report.ts";
import { synthetic } from "./server-process.ts";
import { BenchSession, openMany } from "./session.ts";
import type { ServerEvent, SessionHandlers } from "./session.ts";
import { quietClip } from "./speech-frames.ts";
import type { Clip } from "./speech-frames.ts";
import { eventFrame } from "./websocket-frames.ts";
import { commonFigures, detailsOf, difference, inWorld, trust, until, whileMeasured } from "./world.ts";
import type { ServerUse, World } from "./world.ts";

/** From the first audio to the cancel, ms: an answer of the contract streams for about 340 ms. */
const delayMs = { min: 0, max: 250 } as const;
/** From the end of an answer to the next question, ms. */
const pauseMs = { min: 200, max: 1_200 } as const;

export interface CancelSettings {
  readonly sessions: number;
  readonly seconds: number;
  readonly vad: "energy" | "silero";
  readonly seed: number;
  readonly pinned: boolean;
  readonly profileDir?: string;
}

interface CancelCounts {
  /** From the cancel to the last audio of the response, 0 when none came behind it, ms. */
  readonly audio: Samples;
  /** From the cancel to `response.done`, ms. */
  readonly done: Samples;
  /** The answer had ended before the cancel arrived. */
  tooLate: number;
  /** No `response.done` in time. */
  lost: number;
  /** Events of a response behind its `response.done`. */
  stale: number;
}

/** Clients that ask by text and cancel in mid-answer, again and again; all the while their microphones are open. */
export async function benchCancel(settings: CancelSettings): Promise<RunResult> {
  const { sessions, vad, pinned, profileDir } = settings;
  const env = { ...synthetic(vad), PARLEY_MAX_SESSIONS: `${sessions}` };
  return inWorld({ pinned, env, ...(profileDir !== undefined && { profileDir }) }, (world) =>
    interrupt(world, settings),
  );
}

async function interrupt(world: World, settings: CancelSettings): Promise<RunResult> {
  const { server, probe, pacer, tally } = world;
  const random = new Random(settings.seed);
  const counts: CancelCounts = { audio: new Samples(), done: new Samples(), tooLate: 0, lost: 0, stale: 0 };
  const quiet = quietClip();
  const cancellers = await openMany(settings.sessions, async () => {
    const canceller = new Canceller(random, counts, quiet);
    canceller.session = await BenchSession.open(server, tally, canceller);
    pacer.add(random.int(0, frameMs - 1), () => canceller.tick());
    return canceller;
  });
  for (const canceller of cancellers) canceller.askAt = performance.now() + random.int(0, pauseMs.max);
  await probe.take();
  pacer.start();
  const use = await whileMeasured(server, () => wait(settings.seconds * 1_000));
  const probed = await probe.take();
  for (const canceller of cancellers) canceller.stopped = true;
  await until(() => cancellers.every(({ idle }) => idle), 2 * lostMs);
  const result = resultOf(world, counts, use, probed);
  pacer.stop();
  await Promise.all(cancellers.map(async ({ session }) => session?.close()));
  return result;
}

const question = eventFrame({
  type: "conversation.item.create",
  item: { type: "message", role: "user", content: [{ type: "input_text", text: "Go on." }] },
});
const create = eventFrame({ type: "response.create" });
const cancel = eventFrame({ type: "response.cancel" });

interface Answer {
  readonly askedAt: number;
  id: string | undefined;
  cancelAt: number | undefined;
  cancelledAt: number | undefined;
  lastAudioAt: number | undefined;
}

class Canceller implements SessionHandlers {
  private readonly random: Random;
  private readonly counts: CancelCounts;
  private readonly quiet: Clip;
  session: BenchSession | undefined;
  askAt = Infinity;
  stopped = false;
  private sent = 0;
  private answer: Answer | undefined;
  private ended: string | undefined;

  constructor(random: Random, counts: CancelCounts, quiet: Clip) {
    this.random = random;
    this.counts = counts;
    this.quiet = quiet;
  }

  get idle(): boolean {
    return this.answer === undefined;
  }

  tick(): void {
    const now = performance.now();
    this.sent += 1;
    this.session?.send(this.quiet[this.sent % this.quiet.length] as Buffer);
    const { answer } = this;
    if (answer === undefined) {
      if (now < this.askAt || this.stopped) return;
      const nothing = { id: undefined, cancelAt: undefined, cancelledAt: undefined, lastAudioAt: undefined };
      this.answer = { askedAt: now, ...nothing };
      this.session?.send(question);
      this.session?.send(create);
    } else if (answer.cancelledAt === undefined && now >= (answer.cancelAt ?? Infinity)) {
      answer.cancelledAt = now;
      this.session?.send(cancel);
    } else if (now - answer.askedAt > lostMs) {
      this.counts.lost += 1;
      this.rest(now);
    }
  }

  audio(response: string, _base64: Buffer, at: number): void {
    const { answer } = this;
    if (response === this.ended) this.counts.stale += 1;
    if (answer?.id !== response) return;
    answer.cancelAt ??= at + this.random.int(delayMs.min, delayMs.max);
    answer.lastAudioAt = at;
  }

  event(event: ServerEvent, at: number): void {
    const { answer, counts } = this;
    if (event.response_id !== undefined && event.response_id === this.ended) counts.stale += 1;
    if (answer === undefined || event.response === undefined) return;
    if (event.type === "response.created") answer.id = event.response.id;
    if (event.type !== "response.done" || answer.id !== event.response.id) return;
    this.ended = answer.id;
    const { cancelledAt, lastAudioAt } = answer;
    if (event.response.status === "cancelled" && cancelledAt !== undefined) {
      counts.audio.add(Math.max(0, (lastAudioAt ?? 0) - cancelledAt));
      counts.done.add(at - cancelledAt);
    } else counts.tooLate += 1;
    this.rest(at);
  }

  private rest(now: number): void {
    this.answer = undefined;
    this.askAt = now + this.random.int(pauseMs.min, pauseMs.max);
  }
}

function resultOf(world: World, counts: CancelCounts, use: ServerUse, probed: ProbeFigures): RunResult {
  const { audio, done } = counts;
  const trusted = trust(world.pacer, probed);
  const [audioP99, doneP99] = [audio.percentile(99), done.percentile(99)];
  return {
    figures: [
      { name: "answers cancelled", value: done.count, unit: "" },
      { name: "answers that had ended", value: counts.tooLate, unit: "" },
      { name: "answers lost", value: counts.lost, unit: "" },
      { name: "events behind their response.done", value: counts.stale, unit: "" },
      { name: "cancel → last audio p50", value: audio.percentile(50), unit: "ms" },
      { name: "cancel → last audio p99", value: audioP99, unit: "ms" },
      { name: "cancel → last audio max", value: audio.max, unit: "ms" },
      { name: "cancel → last audio p99 − probe p99", value: difference(audioP99, probed.p99), unit: "ms" },
      { name: "cancel → response.done p50", value: done.percentile(50), unit: "ms" },
      { name: "cancel → response.done p99", value: doneP99, unit: "ms" },
      { name: "cancel → response.done p99 − probe p99", value: difference(doneP99, probed.p99), unit: "ms" },
      ...commonFigures(world.tally, use),
      ...trusted.figures,
    ],
    notes: trusted.notes,
    details: { ...detailsOf(world.tally), log: world.server.logCounts() },
  };
}
