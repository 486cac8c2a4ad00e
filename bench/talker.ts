import type { Random } from "../test/support/random.ts";
import { bytesPerMs, lostMs } from "./contract.ts";
import { frameMs } from "./pacer.ts";
import type { BenchSession, ServerEvent, SessionHandlers } from "./session.ts";
import type { Clip } from "./speech-frames.ts";

/** Frames whose sending time is remembered; a turn's end is found well within them. */
const sentFramesKept = 1_024;
/** Silence after the speech by which the server, with its defaults, ends the turn, ms. */
const silenceMs = 500;

/** Audio behind a sample without which a detector cannot hear it, ms: Silero's is resampled, the energy detector hears
 *  what is sent. */
const aheadMs = { energy: 0, silero: 2 } as const;

/** When a client speaks again: when it has heard the answer, or as soon as it has all of it. */
export type NextTurn = "played" | "done";

/** Hears how the turns of one talker go. Times are ms since the end of the turn: since the client sent the frame with
 *  the last of the silence that ended it. */
export interface TurnObserver {
  begun(): void;
  /** @param answer its number in the session, from 0 */
  answering(answer: number): void;
  firstAudio(ms: number): void;
  audio(base64: Buffer): void;
  done(ms: number): void;
  lost(): void;
  /** Audio of no answer that is in progress. */
  stray(bytes: number): void;
  /** Any event. @param ms undefined outside a turn, or before its end */
  event?(event: ServerEvent, ms: number | undefined): void;
}

export interface TalkerOptions {
  /** The server's detector. */
  readonly vad: keyof typeof aheadMs;
  readonly utterances: readonly Clip[];
  readonly quiet: Clip;
  readonly random: Random;
  readonly next: NextTurn;
  /** Pause between hearing the answer and speaking again, ms. */
  readonly thinkMs: { readonly min: number; readonly max: number };
  readonly observer: TurnObserver;
}

interface Turn {
  readonly clip: Clip;
  /** Number of its first frame in the session. */
  readonly firstFrame: number;
  /** Frames of it that were sent. */
  spoken: number;
  /** When the last of the speech was sent. */
  quietSince: number;
  /** When the frame with the turn's end was sent; undefined while the server has not said where that is. */
  endedAt: number | undefined;
  response: string | undefined;
  firstAudioAt: number | undefined;
  /** Of audio, so far. */
  bytes: number;
}

const equals = 0x3d;

function decodedLength(base64: Buffer): number {
  const padding = base64.at(-2) === equals ? 2 : base64.at(-1) === equals ? 1 : 0;
  return (base64.length / 4) * 3 - padding;
}

/** One client that talks: an utterance, silence until it has heard the answer, a pause, the next utterance. It sends
 *  a frame of speech or of silence every `frameMs`, always. */
export class Talker implements SessionHandlers {
  private readonly options: TalkerOptions;
  private session: Pick<BenchSession, "send"> | undefined;
  private readonly sentAt = new Float64Array(sentFramesKept);
  private sent = 0;
  private answers = 0;
  private turn: Turn | undefined;
  /** When to speak next. */
  private speakAt = Infinity;
  private stopped = false;

  constructor(options: TalkerOptions) {
    this.options = options;
  }

  /** @param speakAt when the first turn begins */
  begin(session: Pick<BenchSession, "send">, speakAt: number): void {
    this.session = session;
    this.speakAt = speakAt;
  }

  /** Begins no more turns. */
  stop(): void {
    this.stopped = true;
  }

  get idle(): boolean {
    return this.turn === undefined;
  }

  /** Sends the next frame. */
  tick(): void {
    const now = performance.now();
    this.session?.send(this.frame(now));
    this.sentAt[this.sent % sentFramesKept] = now;
    this.sent += 1;
    const { turn } = this;
    if (turn === undefined || now - (turn.endedAt ?? turn.quietSince + silenceMs) <= lostMs) return;
    this.options.observer.lost();
    this.rest(now);
  }

  private frame(now: number): Buffer {
    const { quiet, observer, random, utterances } = this.options;
    if (this.turn === undefined && now >= this.speakAt && !this.stopped) {
      const clip = utterances[random.int(0, utterances.length - 1)] ?? quiet;
      const nothing = { endedAt: undefined, response: undefined, firstAudioAt: undefined };
      this.turn = { clip, firstFrame: this.sent, spoken: 0, quietSince: now, bytes: 0, ...nothing };
      observer.begun();
    }
    const { turn } = this;
    // whoever is answered before having finished falls silent, as a person would
    const speech = turn?.endedAt === undefined ? turn?.clip[turn.spoken] : undefined;
    if (turn === undefined || speech === undefined) return quiet[this.sent % quiet.length] as Buffer;
    turn.spoken += 1;
    turn.quietSince = now;
    return speech;
  }

  event(event: ServerEvent, at: number): void {
    const { turn } = this;
    const { observer } = this.options;
    if (event.type === "input_audio_buffer.speech_stopped") {
      // the first frame with all that the detector needs to hear the end
      const frame = Math.ceil(((event.audio_end_ms ?? 0) + aheadMs[this.options.vad]) / frameMs) - 1;
      // an earlier end is of a turn that was given up
      if (turn !== undefined && frame >= turn.firstFrame)
        turn.endedAt ??= this.sentAt[frame % sentFramesKept];
    } else if (event.type === "response.created") {
      observer.answering(this.answers);
      this.answers += 1;
      if (turn?.endedAt !== undefined) turn.response ??= event.response?.id;
    }
    observer.event?.(event, turn?.endedAt === undefined ? undefined : at - turn.endedAt);
    if (event.type === "response.done" && event.response !== undefined) this.finish(event.response.id, at);
  }

  audio(response: string, base64: Buffer, at: number): void {
    const { turn } = this;
    const { observer } = this.options;
    const bytes = decodedLength(base64);
    if (turn?.response !== response || turn.endedAt === undefined) return observer.stray(bytes);
    turn.bytes += bytes;
    if (turn.firstAudioAt === undefined) {
      turn.firstAudioAt = at;
      observer.firstAudio(at - turn.endedAt);
    }
    observer.audio(base64);
  }

  private finish(response: string, at: number): void {
    const { turn } = this;
    if (turn?.response !== response || turn.endedAt === undefined) return;
    const { observer, next } = this.options;
    observer.done(at - turn.endedAt);
    const heardAt = (turn.firstAudioAt ?? at) + turn.bytes / bytesPerMs;
    this.rest(next === "played" ? Math.max(at, heardAt) : at);
  }

  private rest(from: number): void {
    const { random, thinkMs } = this.options;
    this.turn = undefined;
    this.speakAt = from + random.int(thinkMs.min, thinkMs.max);
  }
}
