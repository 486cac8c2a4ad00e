import { bytesFromSamples } from "../../audio/pcm.ts";
import type { ItemId } from "../../lib/ids.ts";
import type { SessionConfig } from "../../protocol/session-config.ts";
import { defaultServerVad } from "../../protocol/turn-detection.ts";
import { sttSampleRate } from "../../providers/stt.ts";
import type { VadEngine, VadStream } from "../../providers/vad.ts";
import { vadFrameSamples } from "../../providers/vad.ts";
import type { SpeechMessage } from "../session/messages.ts";
import type { ActorContext } from "../runtime/actor.ts";
import { endpointFrame, quietEndpoint } from "./endpoint.ts";
import type { EndpointEvent, EndpointState } from "./endpoint.ts";
import { Intake, decodeWhole } from "./intake.ts";
import type { ListenerMessage } from "./messages.ts";
import { Partials } from "./partials.ts";
import { Recognitions, piecesOf } from "./recognitions.ts";
import type { Piece, Settled } from "./recognitions.ts";

const heardPerMs = sttSampleRate / 1_000;
/** Frames judged in one call: bounds how long a bulk upload of one session keeps the others waiting. */
const judgedFramesMax = 64;
/** Kept before the padding, so that an onset found late still has all of it. */
const trackMarginMs = 1_000;
/** A turn longer than this is ended by the server. */
const utteranceMsMax = 180_000;
/** A committed utterance that is not recognised within this, for each of its pieces, has failed. */
const recognitionMsMax = 15_000;

/** How often a growing utterance is read for partial transcripts. */
const partialEveryMs = 1_000;
/** The longest that is read again and again. */
const partialMsMax = 14_000;
/** A client that stops sending in mid-turn: the turn ends after the silence it asked for, and this. */
const mutedMs = 1_000;

type Input = SessionConfig["audio"]["input"];
type Context = ActorContext<ListenerMessage>;
type Judged = Extract<ListenerMessage, { type: "judged" }>;

export interface ListenerDeps {
  readonly vad: VadEngine;
  tellSession(message: SpeechMessage): void;
  /** Queues recognition; `refused` hears of it when it cannot be. */
  recognize(
    item: ItemId,
    end: number,
    audio: Uint8Array,
    input: Input,
    refused: (code: string) => void,
  ): void;
  /** Keeps an item's audio, s16le at 24 kHz. */
  keep(item: ItemId, pcm: Uint8Array): void;
  /** Recognition of the item is not wanted any more. */
  release(item: ItemId): void;
}

/** Where a listener begins: at the session's start, or, after a crash, where the one before was. */
export interface ListenerStart {
  readonly input: Input;
  /** Audio written before, ms. */
  readonly writtenMs: number;
  /** Makes the ids of its utterances unique in the session. */
  readonly itemPrefix: string;
}

/** The utterance being spoken. */
interface Speech {
  readonly item: ItemId;
  /** With the padding. */
  start: number;
  /** End of the last partial reading. */
  partialEnd: number;
}

/** Input audio of one session: where speech begins and ends, and what was said. All positions are samples at 16 kHz
 *  since the session's start. */
export class Listener {
  readonly recognitions = new Recognitions();
  private readonly deps: ListenerDeps;
  private input: Input;
  private readonly intake: Intake;
  private readonly partials = new Partials();
  private readonly stream: VadStream;
  private endpoint: EndpointState = quietEndpoint;
  private speech: Speech | undefined;
  private readonly itemPrefix: string;
  private judging = false;
  /** Grows when audio under judgement is committed or cleared: its judgement is of no interest then. */
  private generation = 0;
  /** Behind the last frame that was judged. */
  private judged = 0;
  /** Behind the last commit or clear. */
  private consumed = 0;
  private utterances = 0;
  /** Length of each committed utterance that is not settled. */
  private readonly seconds = new Map<ItemId, number>();
  /** Refusals come from outside a handler, so they go through the mailbox. */
  private readonly refused: (item: ItemId, end: number, code: string) => void;

  constructor(
    deps: ListenerDeps,
    { input, writtenMs, itemPrefix }: ListenerStart,
    refused: (item: ItemId, end: number, code: string) => void,
  ) {
    this.deps = deps;
    this.input = input;
    this.itemPrefix = itemPrefix;
    const start = Math.floor(writtenMs) * heardPerMs;
    this.intake = new Intake(input.format, start);
    this.judged = start;
    this.consumed = start;
    this.stream = deps.vad.open();
    this.refused = refused;
  }

  close(): void {
    this.stream.close();
  }

  private get detects(): boolean {
    return this.input.turn_detection !== null;
  }

  /** semantic_vad runs as silence detection, with the defaults of server_vad. */
  private get detection() {
    const { turn_detection: detection } = this.input;
    return detection?.type === "server_vad" ? detection : defaultServerVad;
  }

  configure(input: Input, context: Context): void {
    const detected = this.detects;
    this.input = input;
    this.intake.setFormat(input.format);
    if (detected === this.detects) return;
    this.stopListening(context);
    this.forgetBacklog();
  }

  /** Nothing of the turn in progress counts any more. */
  private stopListening(context: Context): void {
    if (this.speech !== undefined) {
      this.recognitions.drop(this.speech.item);
      this.partials.drop(this.speech.item);
      this.deps.release(this.speech.item);
    }
    this.endSpeech(context);
  }

  private endSpeech(context: Context): void {
    this.speech = undefined;
    this.endpoint = quietEndpoint;
    context.clear("muted");
  }

  clear(context: Context): void {
    this.stopListening(context);
    this.consumed = this.intake.heard.end;
    this.forgetBacklog();
    this.trim();
  }

  /** Audio that is not judged yet is not judged any more. */
  private forgetBacklog(): void {
    this.judged = this.intake.heard.end;
    this.generation += 1;
    this.judging = false;
    this.stream.reset();
  }

  takeAudio(bytes: Uint8Array, context: Context): void {
    this.intake.append(bytes);
    if (!this.detects) return;
    context.clear("muted");
    this.judge(context);
  }

  /** Hands whole frames to the detector; one call at a time. */
  private judge(context: Context): void {
    const { heard } = this.intake;
    if (this.judging || !this.detects) return;
    const frames = Math.min(judgedFramesMax, Math.floor((heard.end - this.judged) / vadFrameSamples));
    if (frames <= 0) {
      if (this.speech === undefined) return;
      context.timer("muted", this.detection.silence_duration_ms + mutedMs, { type: "muted" });
      return;
    }
    this.judging = true;
    const { self } = context;
    const { generation } = this;
    this.stream.judge(heard.slice(this.judged, this.judged + frames * vadFrameSamples)).then(
      (probabilities) => self.urgent({ type: "judged", generation, probabilities }),
      () => self.urgent({ type: "vad.failed", generation }),
    );
  }

  /** What could not be judged counts as silence: the next frames have another chance, and push to talk still works. */
  skipJudging(generation: number): void {
    if (generation !== this.generation) return;
    this.judging = false;
    this.judged = this.intake.heard.end;
    this.trim();
  }

  takeJudged({ generation, probabilities }: Judged, context: Context): void {
    if (generation !== this.generation) return;
    this.judging = false;
    const { threshold, silence_duration_ms: silenceMs } = this.detection;
    for (const probability of probabilities) {
      if (!this.detects) break;
      const { state, event } = endpointFrame(this.endpoint, this.judged, probability, {
        threshold,
        silenceMs,
      });
      this.endpoint = state;
      this.judged += vadFrameSamples;
      if (event !== undefined) this.takeEndpoint(event, context);
    }
    if (this.speech !== undefined && this.judged - this.speech.start > utteranceMsMax * heardPerMs) {
      this.endTurn(this.judged, this.judged, context);
    }
    this.readPartially();
    this.trim();
    this.judge(context);
  }

  private takeEndpoint(event: EndpointEvent, context: Context): void {
    switch (event.type) {
      case "started": {
        const padded = event.at - this.detection.prefix_padding_ms * heardPerMs;
        const start = Math.max(this.consumed, padded, this.intake.heard.start);
        const item = `item_${this.itemPrefix}_s${(this.utterances++).toString(36)}` as ItemId;
        this.speech = { item, start, partialEnd: start };
        this.deps.tellSession({ type: "speech.started", item, startMs: Math.floor(start / heardPerMs) });
        return;
      }
      case "paused":
        if (this.speech !== undefined) this.request(this.speech.item, this.speech.start, event.end);
        return;
      case "ended":
        this.endTurn(event.end, event.at, context);
    }
  }

  endMutedTurn(context: Context): void {
    const { end } = this.intake.heard;
    this.endTurn(end, end, context);
  }

  /** @param end of the speech; @param at of the turn, with its silence */
  private endTurn(end: number, at: number, context: Context): void {
    const { speech } = this;
    if (speech === undefined) return;
    this.endSpeech(context);
    const { item, start } = speech;
    // a commit that overtook the detector has taken what was before `start`, perhaps the whole turn
    const until = Math.max(start, at);
    this.keep(item, start, until);
    // the session must know the item before its transcript, which may be here already
    this.deps.tellSession({ type: "speech.stopped", item, endMs: Math.floor(until / heardPerMs) });
    const pieces = this.request(item, start, Math.max(start, end));
    this.settleLater(item, pieces, Math.max(0, end - start), context);
  }

  commitManually(item: ItemId, context: Context): void {
    // the turn ended by itself while the client's commit of it was on its way
    if (this.recognitions.isCommitted(item)) return;
    const { heard } = this.intake;
    const speech = this.speech?.item === item ? this.speech : undefined;
    const start = speech?.start ?? Math.max(this.consumed, heard.start);
    if (speech !== undefined) this.endSpeech(context);
    // speech of which the client did not know yet goes on behind the commit
    else if (this.speech !== undefined) this.speech.start = heard.end;
    this.keep(item, start, heard.end);
    this.settleLater(item, this.request(item, start, heard.end), heard.end - start, context);
    this.forgetBacklog();
    this.trim();
  }

  private keep(item: ItemId, start: number, at: number): void {
    this.consumed = at;
    this.deps.keep(item, this.intake.keptBytes(start, at));
  }

  recognizeWhole(item: ItemId, bytes: Uint8Array, context: Context): void {
    const { kept, heard } = decodeWhole(bytes, this.input.format);
    this.deps.keep(item, kept);
    this.settleLater(item, this.request(item, 0, heard.end, heard), heard.end, context);
  }

  /** Asks for the recognition of what is not being recognised yet. */
  private request(item: ItemId, start: number, end: number, source = this.intake.heard): readonly Piece[] {
    const pieces = piecesOf(source, start, end);
    for (const piece of this.recognitions.want(item, pieces)) {
      const audio = bytesFromSamples(source.slice(piece.start, piece.end));
      this.deps.recognize(item, piece.end, audio, this.input, (code) => this.refused(item, piece.end, code));
    }
    return pieces;
  }

  private settleLater(item: ItemId, pieces: readonly Piece[], samples: number, context: Context): void {
    this.seconds.set(item, samples / sttSampleRate);
    const settled = this.recognitions.commit(item, pieces);
    if (settled !== undefined) this.report(item, settled, context);
    else context.timer(`stt:${item}`, recognitionMsMax * pieces.length, { type: "timeout", item });
  }

  takeResult(out: Extract<ListenerMessage, { type: "out" }>["out"], context: Context): void {
    if (out.type === "stt.done" && this.speech?.item === out.item && this.speech.partialEnd === out.end) {
      this.tellPartially(out.item, this.partials.read(out.item, out.text));
    }
    this.report(out.item, this.recognitions.take(out), context);
  }

  giveUp(item: ItemId, context: Context): void {
    this.deps.release(item);
    this.report(item, this.recognitions.abandon(item, "ERR_TIMEOUT"), context);
  }

  report(item: ItemId, settled: Settled | undefined, context: Context): void {
    if (settled === undefined) return;
    context.clear(`stt:${item}`);
    const seconds = this.seconds.get(item) ?? 0;
    this.seconds.delete(item);
    if ("code" in settled) {
      this.partials.drop(item);
      this.deps.tellSession({ type: "transcript.failed", item, code: settled.code });
      return;
    }
    this.tellPartially(item, this.partials.finish(item, settled.text));
    this.deps.tellSession({ type: "transcript", item, text: settled.text, seconds });
  }

  /** Reads the growing utterance now and then, if the client wants transcripts and the last reading is back. */
  private readPartially(): void {
    const { speech, judged } = this;
    if (speech === undefined || this.input.transcription === null || this.endpoint.paused) return;
    if (judged - speech.start > partialMsMax * heardPerMs) return;
    if (judged - speech.partialEnd < partialEveryMs * heardPerMs) return;
    if (this.recognitions.isWaiting(speech.item)) return;
    speech.partialEnd = judged;
    this.request(speech.item, speech.start, judged);
  }

  private tellPartially(item: ItemId, delta: string): void {
    if (delta !== "") this.deps.tellSession({ type: "transcript.partial", item, delta });
  }

  /** While nobody speaks, only what a coming onset can need is kept. */
  private trim(): void {
    const reserve = (this.detection.prefix_padding_ms + trackMarginMs) * heardPerMs;
    const quietStart = this.detects ? this.judged - reserve : this.consumed;
    this.intake.trim(this.speech?.start ?? Math.max(this.consumed, quietStart));
  }
}
