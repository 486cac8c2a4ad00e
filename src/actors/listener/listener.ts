import type { ItemId } from "../../lib/ids.ts";
import { defaultServerVad } from "../../protocol/turn-detection.ts";
import { sttSampleRate } from "../../providers/stt.ts";
import { turnEndSamplesMax } from "../../providers/turn-end.ts";
import { type VadStream, vadFrameSamples } from "../../providers/vad.ts";
import type { ActorContext } from "../runtime/actor.ts";
import type { Input, ListenerDeps, ListenerStart, Speech } from "./deps.ts";
import { endpointFrame, quietEndpoint, type EndpointEvent, type EndpointState } from "./endpoint.ts";
import { quietMsKept } from "./hearing.ts";
import { Intake, decodeWhole } from "./intake.ts";
import type { ListenerMessage } from "./messages.ts";
import { Muted } from "./muted.ts";
import { Onset } from "./onset.ts";
import { isEnglish } from "./patience.ts";
import { isWorthReading } from "./partials.ts";
import type { Provisional } from "./provisional.ts";
import type { Piece } from "./recognitions.ts";
import { Transcripts } from "./transcripts.ts";
import { TurnEnd } from "./turn-end.ts";

const heardPerMs = sttSampleRate / 1_000;
/** Frames judged in one call: bounds how long a bulk upload of one session keeps the others waiting. */
const judgedFramesMax = 64;
/** A turn longer than this is ended by the server. */
const utteranceMsMax = 180_000;
const nothingHeld = new Float32Array(0);

type Context = ActorContext<ListenerMessage>;
type Judged = Extract<ListenerMessage, { type: "judged" }>;

/** Input audio of one session: where speech begins and ends, and what was said. All positions are samples at 16 kHz
 *  since the session's start. */
export class Listener {
  readonly transcripts: Transcripts;
  readonly onset = new Onset((verdict, ended, context) => this.takeVerdict(verdict, ended, context));
  private readonly deps: ListenerDeps;
  private input: Input;
  private readonly intake: Intake;
  private readonly stream: VadStream;
  private endpoint: EndpointState = quietEndpoint;
  private readonly turnEnd: TurnEnd;
  private readonly muted: Muted;
  /** Speech probabilities of frames that may end the turn, and it is not known yet whether the speaker has finished. */
  private held: Float32Array = nothingHeld;
  private speech: Speech | undefined;
  /** What was being spoken when detection was switched off: the client was told of it, and commits it. */
  private left: Speech | undefined;
  private readonly itemPrefix: string;
  private judging = false;
  /** Grows when audio under judgement is committed or cleared: its judgement is of no interest then. */
  private generation = 0;
  /** Behind the last frame that was judged, or that nobody asks about. */
  private judged = 0;
  /** Behind the last commit or clear. */
  private consumed = 0;
  /** Commits and clears of the client that it knows of. */
  private cuts: number;
  private utterances = 0;

  /** @param refused recognition of an utterance up to there will not be had */
  constructor(
    deps: ListenerDeps,
    { input, writtenMs, itemPrefix, cuts }: ListenerStart,
    refused: (item: ItemId, end: number, code: string) => void,
  ) {
    this.deps = deps;
    this.input = input;
    this.itemPrefix = itemPrefix;
    this.cuts = cuts;
    this.muted = new Muted(deps.clock);
    const start = Math.floor(writtenMs) * heardPerMs;
    this.intake = new Intake(input.format, start);
    this.consumed = start;
    this.passOver();
    this.stream = deps.vad.open();
    this.turnEnd = new TurnEnd(deps.turnEnd);
    this.transcripts = new Transcripts(deps, refused);
  }

  close(): void {
    this.turnEnd.close();
    this.stream.close();
  }

  private get detects(): boolean {
    return this.input.turn_detection !== null;
  }

  /** semantic_vad hears speech as server_vad does by default; the end of a turn is its own. */
  private get detection() {
    const { turn_detection: detection } = this.input;
    return detection?.type === "server_vad" ? detection : defaultServerVad;
  }

  configure(input: Input, context: Context): void {
    const detected = this.detects;
    this.input = input;
    this.intake.setFormat(input.format);
    if (input.turn_detection?.type !== "semantic_vad") this.turnEnd.forget(context);
    if (detected === this.detects) return this.weighHeld(context);
    const told = this.detects || this.onset.isOpen ? undefined : this.speech;
    if (told === undefined) this.stopListening(context);
    else this.endSpeech(context);
    this.left = told;
    this.forgetBacklog(context);
  }

  /** Nothing of the turn in progress counts any more. */
  private stopListening(context: Context): void {
    for (const speech of [this.speech, this.left])
      if (speech !== undefined) this.transcripts.drop(speech.item);
    this.left = undefined;
    this.endSpeech(context);
  }

  private endSpeech(context: Context): void {
    this.speech = undefined;
    this.onset.forget(context);
    this.endpoint = quietEndpoint;
    this.turnEnd.forget(context);
    this.muted.forget(context);
  }

  clear(cuts: number, context: Context): void {
    this.cuts = cuts;
    this.stopListening(context);
    this.consumed = this.intake.heard.end;
    this.forgetBacklog(context);
  }

  /** Audio that is not judged yet is not judged any more. */
  private forgetBacklog(context: Context): void {
    this.passOver();
    this.held = nothingHeld;
    this.turnEnd.forget(context);
    this.generation += 1;
    this.judging = false;
    this.stream.reset();
  }

  /** Nobody asks whether what is here is speech. */
  private passOver(): void {
    this.judged = this.intake.heard.end;
    this.trim();
  }

  takeAudio(bytes: Uint8Array, context: Context): void {
    this.intake.append(bytes);
    if (!this.detects) return this.passOver();
    if (this.speech !== undefined) this.muted.audioCame();
    this.judge(context);
  }

  /** Hands whole frames to the detector; one call at a time. */
  private judge(context: Context): void {
    if (this.judging || !this.detects) return;
    const samples = this.intake.framesFrom(this.judged, judgedFramesMax, this.deps.vad.sampleRate);
    if (samples === undefined) return;
    this.judging = true;
    const judgement = this.stream.judge(samples);
    if (judgement instanceof Float32Array) return this.weigh(judgement, context);
    const { generation } = this;
    judgement.then(
      (probabilities) => context.self.urgent({ type: "judged", generation, probabilities }),
      () => context.self.urgent({ type: "vad.failed", generation }),
    );
  }

  /** What could not be judged counts as silence: the next frames have another chance, and push to talk still works. */
  skipJudging(generation: number): void {
    if (generation !== this.generation) return;
    this.judging = false;
    this.passOver();
  }

  takeJudged({ generation, probabilities }: Judged, context: Context): void {
    if (generation === this.generation) this.weigh(probabilities, context);
  }

  private weigh(probabilities: Float32Array, context: Context): void {
    for (let i = 0; i < probabilities.length && this.detects; i += 1) {
      const settings = { threshold: this.detection.threshold, silenceMs: this.silenceMs };
      const { state, event } = endpointFrame(this.endpoint, this.judged, probabilities[i]!, settings);
      if (event?.type === "ended" && this.turnEnd.isOpen) {
        this.held = probabilities.subarray(i);
        return;
      }
      if (!state.paused) this.turnEnd.forget(context);
      this.endpoint = state;
      this.judged += vadFrameSamples;
      if (event !== undefined) this.takeEndpoint(event, context);
      else if (state.speaking && state.lastSpeech === this.judged)
        this.onset.goOn(vadFrameSamples / heardPerMs, context);
    }
    this.judging = false;
    if (this.speech !== undefined && this.judged - this.speech.start > utteranceMsMax * heardPerMs)
      this.endTurn(this.judged, this.judged, context);
    this.readPartially();
    this.trim();
    this.judge(context);
  }

  /** Goes on where it was not known how long a silence has to be; the wait for a client that sends nothing begins anew. */
  private weighHeld(context: Context): void {
    const { held } = this;
    this.held = nothingHeld;
    if (held.length > 0) this.weigh(held, context);
    else if (this.detects) this.judge(context);
    if (this.speech !== undefined) this.muted.watch(this.silenceMs, context);
  }

  takeTurnEnd(pause: number, probability: number | undefined, context: Context): void {
    if (this.turnEnd.judged(pause, probability, context)) this.weighHeld(context);
  }

  waitNoLonger(context: Context): void {
    this.turnEnd.overdue();
    this.weighHeld(context);
  }

  private takeEndpoint(event: EndpointEvent, context: Context): void {
    switch (event.type) {
      case "started": {
        const heardMs = (this.judged - event.at) / heardPerMs;
        this.muted.watch(this.silenceMs, context);
        // it is not known yet whether what was said just before counts: this belongs to it
        if (this.speech !== undefined) return this.onset.goOn(heardMs, context);
        const padded = event.at - this.detection.prefix_padding_ms * heardPerMs;
        const start = Math.max(this.consumed, padded, this.intake.heard.start);
        const item = `item_${this.itemPrefix}_s${(this.utterances++).toString(36)}` as ItemId;
        this.speech = { item, start, partialEnd: start };
        return this.onset.begin(heardMs, context);
      }
      case "paused":
        if (this.speech !== undefined) this.takePause(this.speech, event.end, context);
        return;
      case "ended":
        this.endTurn(event.end, event.at, context);
    }
  }

  /** Whether the speech in progress counts is known. */
  private takeVerdict(verdict: "turn" | "noise", ended: Provisional["ended"], context: Context): void {
    const { speech, cuts } = this;
    if (speech === undefined) return;
    if (verdict === "noise") return this.stopListening(context);
    const startMs = Math.floor(speech.start / heardPerMs);
    this.deps.tellSession({ type: "speech.started", item: speech.item, startMs, cuts });
    if (ended !== undefined) this.endTurn(ended.end, ended.at, context);
  }

  private takePause({ item, start }: Speech, end: number, context: Context): void {
    this.request(item, start, end);
    this.onset.pause(end, context);
    if (this.input.turn_detection?.type !== "semantic_vad") return;
    const from = Math.max(start, this.judged - turnEndSamplesMax);
    this.turnEnd.ask(end, this.intake.heard.slice(from, this.judged), context);
  }

  /** Silence that ends the turn, as far as is known now, ms. */
  private get silenceMs(): number {
    return this.turnEnd.silenceMs(this.input.turn_detection);
  }

  /** Ends the turn of a client that has stopped sending, once all that it sent is judged. */
  endMutedTurn(context: Context): void {
    if (this.speech === undefined) return;
    if (this.judging) return this.muted.watch(0, context);
    if (!this.muted.hasLasted(this.silenceMs, context)) return;
    const { end } = this.intake.heard;
    this.endTurn(end, end, context);
  }

  /** @param end of the speech; @param at of the turn, with its silence */
  private endTurn(end: number, at: number, context: Context): void {
    const { speech } = this;
    if (speech === undefined) return;
    if (this.onset.isOpen) return this.endProvisionally(speech, end, at, context);
    this.endSpeech(context);
    const { item, start } = speech;
    this.keep(item, start, at);
    // the session must know the item before its transcript, which may be here already
    this.deps.tellSession({ type: "speech.stopped", item, endMs: Math.floor(at / heardPerMs) });
    this.transcripts.commit(item, this.request(item, start, end), end - start, context);
  }

  /** A turn ends of which it is not known yet whether it is one. */
  private endProvisionally(speech: Speech, end: number, at: number, context: Context): void {
    if (this.onset.hasEnded) return;
    this.endpoint = quietEndpoint;
    this.turnEnd.forget(context);
    this.muted.forget(context);
    this.request(speech.item, speech.start, end);
    this.onset.end(end, at, context);
  }

  commitManually(item: ItemId, cuts: number, context: Context): void {
    this.cuts = cuts;
    // the turn ended by itself while the client's commit of it was on its way
    if (this.transcripts.isCommitted(item)) return;
    const { heard } = this.intake;
    const speech = [this.speech, this.left].find((one) => one?.item === item);
    const start = speech?.start ?? Math.max(this.consumed, heard.start);
    if (speech !== undefined) this.endSpeech(context);
    // of other speech nobody has heard, or will: what follows the commit is found anew
    else this.stopListening(context);
    this.left = undefined;
    this.keep(item, start, heard.end);
    this.transcripts.commit(item, this.request(item, start, heard.end), heard.end - start, context);
    this.forgetBacklog(context);
  }

  private keep(item: ItemId, start: number, at: number): void {
    this.consumed = at;
    this.deps.keep(item, this.intake.keptBytes(start, at));
  }

  recognizeWhole(item: ItemId, bytes: Uint8Array, context: Context): void {
    const { kept, heard } = decodeWhole(bytes, this.input.format);
    this.deps.keep(item, kept);
    this.transcripts.commit(item, this.request(item, 0, heard.end, heard), heard.end, context);
  }

  private request(item: ItemId, start: number, end: number, source = this.intake.heard): readonly Piece[] {
    return this.transcripts.request(item, start, end, this.input, source);
  }

  takeResult(out: Extract<ListenerMessage, { type: "out" }>["out"], context: Context): void {
    if (out.type === "stt.done" && this.speech?.item === out.item && this.speech.partialEnd === out.end)
      this.transcripts.takePartial(out);
    this.transcripts.take(out, context);
    this.takeWords(out.item, out.end, out.type === "stt.done" ? out.text : undefined, context);
  }

  takeRefusal(item: ItemId, end: number, code: string, context: Context): void {
    this.transcripts.refuse(item, end, code, context);
    this.takeWords(item, end, undefined, context);
  }

  /** @param text what was said up to `end`; undefined: that is not known */
  private takeWords(item: ItemId, end: number, text: string | undefined, context: Context): void {
    if (this.speech?.item !== item) return;
    this.onset.takeWords(end, text, context);
    const words = isEnglish(this.input.transcription?.language) ? text : undefined;
    if (this.turnEnd.recognised(end, words, context)) this.weighHeld(context);
  }

  /** Reads the growing utterance now and then, if the client wants transcripts and the last reading is back. */
  private readPartially(): void {
    const { speech, judged } = this;
    if (speech === undefined) return;
    const { item, start, partialEnd } = speech;
    this.intake.heard.follow(start);
    if (this.input.transcription === null || this.onset.isOpen || this.endpoint.paused) return;
    if (!isWorthReading(start, partialEnd, judged) || this.transcripts.isWaiting(item)) return;
    speech.partialEnd = judged;
    this.request(item, start, judged);
  }

  /** While nobody speaks, only what a coming onset can need is kept. Called when audio has been judged: then there is room
   *  for more. */
  private trim(): void {
    this.deps.hearing.judged = this.judged;
    const reserve = (this.detection.prefix_padding_ms + quietMsKept) * heardPerMs;
    const quietStart = this.detects ? this.judged - reserve : this.consumed;
    this.intake.trim(this.speech?.start ?? Math.max(this.consumed, quietStart));
  }
}
