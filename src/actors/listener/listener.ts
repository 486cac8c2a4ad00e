import { PcmReader, bytesFromSamples } from "../../audio/pcm.ts";
import { Resampler } from "../../audio/resample.ts";
import { decodeG711 } from "../../audio/g711.ts";
import { errorCode } from "../../lib/errors.ts";
import type { ItemId } from "../../lib/ids.ts";
import type { SessionConfig } from "../../protocol/session-config.ts";
import { sttSampleRate } from "../../providers/stt.ts";
import type { VadEngine, VadStream } from "../../providers/vad.ts";
import { vadFrameSamples } from "../../providers/vad.ts";
import { runsGrantedMax } from "../response/asks.ts";
import type { SpeechMessage } from "../session/messages.ts";
import type { ActorContext, Behaviour } from "../runtime/actor.ts";
import { endpointFrame, quietEndpoint } from "./endpoint.ts";
import type { EndpointEvent, EndpointState } from "./endpoint.ts";
import type { ListenerMessage } from "./messages.ts";
import { Recognitions, agreedWords, piecesOf } from "./recognitions.ts";
import type { Piece, Settled } from "./recognitions.ts";
import { Track } from "./track.ts";

/** Sampling rate of kept audio, Hz. */
const keptRate = 24_000;
const heardPerMs = sttSampleRate / 1_000;
/** Frames judged in one call: bounds how long a bulk upload of one session keeps the others waiting. */
const judgedFramesMax = 64;
/** Kept before the padding, so that an onset found late still has all of it. */
const trackMarginMs = 1_000;
/** A turn longer than this is ended by the server. */
export const utteranceMsMax = 180_000;
/** A committed utterance that is not recognised within this has failed. */
export const recognitionMsMax = 15_000;
/** How often a growing utterance is read for partial transcripts. */
const partialEveryMs = 1_000;
/** The longest that is read again and again. */
const partialMsMax = 14_000;
/** A client that stops sending in mid-turn: the turn ends after the silence it asked for, and this. */
const mutedMs = 1_000;

type Input = SessionConfig["audio"]["input"];

export interface ListenerDeps {
  readonly vad: VadEngine;
  readonly itemPrefix: string;
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
}

interface Speech {
  readonly item: ItemId;
  /** At 16 kHz, with the padding. */
  readonly start: number;
  partialAt: number;
  partialEnd: number | undefined;
  lastWords: readonly string[];
  emittedWords: number;
  emitted: string;
}

/** Audio of one session: what it holds, where speech begins and ends, and what was said. */
export class Listener {
  private readonly deps: ListenerDeps;
  private input: Input;
  private readonly pcm = new PcmReader();
  private fromG711: Resampler | undefined;
  private toHeard = new Resampler(keptRate, sttSampleRate);
  private readonly kept = new Track();
  private readonly heard = new Track();
  private readonly recognitions = new Recognitions();
  private readonly stream: VadStream;
  private endpoint: EndpointState = quietEndpoint;
  private speech: Speech | undefined;
  private judging = false;
  private judged = 0;
  /** Behind the last commit or clear, at 16 kHz. */
  private consumed = 0;
  private utterances = 0;
  private readonly partials = new Map<ItemId, Speech>();

  constructor(deps: ListenerDeps, input: Input) {
    this.deps = deps;
    this.input = input;
    this.stream = deps.vad.open();
  }

  close(): void {
    this.stream.close();
  }

  handle(message: ListenerMessage, context: ActorContext<ListenerMessage>): void {
    switch (message.type) {
      case "audio":
        this.takeAudio(message.bytes, context);
        return;
      case "commit":
        this.commitManually(message.item, context);
        return;
      case "clear":
        this.clear(context);
        return;
      case "recognize":
        this.recognizeWhole(message.item, message.bytes, context);
        return;
      case "configure":
        this.configure(message.input, context);
        return;
      case "out":
        this.takeResult(message.out, context);
        return;
      case "ask":
        message.reply(this.recognitions.answer(message.ask, runsGrantedMax));
        return;
      case "judged":
        this.takeJudged(message.probabilities, context);
        return;
      case "vad.failed":
        // judged as silence: the next frames have another chance, and push to talk still works
        this.judging = false;
        this.judged = this.heard.end - (this.heard.end % vadFrameSamples);
        return;
      case "job.refused":
        this.report(message.item, this.recognitions.fail(message.item, message.end, message.code), context);
        return;
      case "timeout":
        this.report(message.item, this.recognitions.abandon(message.item, "ERR_TIMEOUT"), context);
        return;
      case "muted":
        if (this.speech !== undefined) {
          this.endTurn({ type: "ended", end: this.heard.end, at: this.heard.end }, context);
        }
    }
  }

  private get detects(): boolean {
    return this.input.turn_detection !== null;
  }

  private configure(input: Input, context: ActorContext<ListenerMessage>): void {
    if (input.format.type !== this.input.format.type) {
      this.pcm.reset();
      this.fromG711 = undefined;
    }
    const detected = this.detects;
    this.input = input;
    if (detected === this.detects) return;
    this.stopListening(context);
    this.judged = this.heard.end;
  }

  /** Nothing of the turn in progress counts any more. */
  private stopListening(context: ActorContext<ListenerMessage>): void {
    if (this.speech !== undefined) this.recognitions.drop(this.speech.item);
    this.speech = undefined;
    this.endpoint = quietEndpoint;
    context.clear("muted");
  }

  private clear(context: ActorContext<ListenerMessage>): void {
    this.stopListening(context);
    this.pcm.reset();
    this.consumed = this.heard.end;
    this.stream.reset();
  }

  private takeAudio(bytes: Uint8Array, context: ActorContext<ListenerMessage>): void {
    const samples = this.decode(bytes);
    this.kept.append(samples);
    this.heard.append(this.toHeard.push(samples));
    if (!this.detects) return;
    this.judge(context);
    if (this.speech === undefined) return;
    context.timer("muted", this.silenceMs + mutedMs, { type: "muted" });
  }

  private decode(bytes: Uint8Array): Int16Array {
    const { type } = this.input.format;
    if (type === "audio/pcm") return this.pcm.read(bytes);
    this.fromG711 ??= new Resampler(8_000, keptRate);
    return this.fromG711.push(decodeG711(type === "audio/pcmu" ? "mulaw" : "alaw", bytes));
  }

  private get silenceMs(): number {
    const detection = this.input.turn_detection;
    return detection?.type === "server_vad" ? detection.silence_duration_ms : 500;
  }

  /** Hands whole frames to the detector; one call at a time. */
  private judge(context: ActorContext<ListenerMessage>): void {
    const frames = Math.min(judgedFramesMax, Math.floor((this.heard.end - this.judged) / vadFrameSamples));
    if (this.judging || frames === 0 || !this.detects) return;
    this.judging = true;
    const { self } = context;
    this.stream.judge(this.heard.slice(this.judged, this.judged + frames * vadFrameSamples)).then(
      (probabilities) => self.urgent({ type: "judged", probabilities }),
      (error: unknown) => self.urgent({ type: "vad.failed", code: errorCode(error) }),
    );
  }

  private takeJudged(probabilities: Float32Array, context: ActorContext<ListenerMessage>): void {
    this.judging = false;
    const detection = this.input.turn_detection;
    const settings = {
      threshold: detection?.type === "server_vad" ? detection.threshold : 0.5,
      silenceMs: this.silenceMs,
    };
    for (const probability of probabilities) {
      if (!this.detects) break;
      const { state, event } = endpointFrame(this.endpoint, this.judged, probability, settings);
      this.endpoint = state;
      this.judged += vadFrameSamples;
      if (event !== undefined) this.takeEndpoint(event, context);
    }
    this.readPartially();
    this.trim();
    this.judge(context);
  }

  private takeEndpoint(event: EndpointEvent, context: ActorContext<ListenerMessage>): void {
    switch (event.type) {
      case "started": {
        const padding =
          this.input.turn_detection?.type === "server_vad"
            ? this.input.turn_detection.prefix_padding_ms
            : 300;
        const start = Math.max(this.consumed, event.at - padding * heardPerMs, this.heard.start);
        const item = `item_${this.deps.itemPrefix}_s${(this.utterances++).toString(36)}` as ItemId;
        this.speech = {
          item,
          start,
          partialAt: start,
          partialEnd: undefined,
          lastWords: [],
          emittedWords: 0,
          emitted: "",
        };
        this.deps.tellSession({ type: "speech.started", item, startMs: Math.floor(start / heardPerMs) });
        return;
      }
      case "paused":
        if (this.speech !== undefined) this.request(this.speech.item, this.speech.start, event.end);
        return;
      case "ended":
        this.endTurn(event, context);
    }
  }

  private endTurn(event: EndpointEvent & { type: "ended" }, context: ActorContext<ListenerMessage>): void {
    const { speech } = this;
    if (speech === undefined) return;
    this.speech = undefined;
    this.endpoint = quietEndpoint;
    context.clear("muted");
    const endMs = Math.floor(event.at / heardPerMs);
    this.commit(speech.item, speech.start, event.end, event.at, context, speech, () =>
      this.deps.tellSession({ type: "speech.stopped", item: speech.item, endMs }),
    );
  }

  private commitManually(item: ItemId, context: ActorContext<ListenerMessage>): void {
    const { speech } = this;
    const start = speech?.item === item ? speech.start : Math.max(this.consumed, this.heard.start);
    const end = this.heard.end;
    if (speech?.item === item) {
      this.speech = undefined;
      this.endpoint = quietEndpoint;
      context.clear("muted");
    }
    this.commit(item, start, end, end, context, speech?.item === item ? speech : undefined);
  }

  /** @param end of what is recognised; @param at of what is kept and consumed */
  private commit(
    item: ItemId,
    start: number,
    end: number,
    at: number,
    context: ActorContext<ListenerMessage>,
    speech: Speech | undefined,
    announce: () => void = () => {},
  ): void {
    this.consumed = at;
    this.deps.keep(item, bytesFromSamples(this.kept.slice(start * 1.5, at * 1.5)));
    // the session must know the item before its transcript, which may be here already
    announce();
    if (speech !== undefined && speech.emitted !== "") this.partials.set(item, speech);
    this.finish(item, this.request(item, start, end), (end - start) / sttSampleRate, context);
    if (!this.detects) this.judged = at;
    this.trim();
  }

  private finish(
    item: ItemId,
    pieces: readonly Piece[],
    seconds: number,
    context: ActorContext<ListenerMessage>,
  ): void {
    this.seconds.set(item, seconds);
    const settled = this.recognitions.commit(item, pieces);
    if (settled === undefined) context.timer(`stt:${item}`, recognitionMsMax, { type: "timeout", item });
    else this.report(item, settled, context);
  }

  private readonly seconds = new Map<ItemId, number>();

  /** Asks for the recognition of what is not being recognised yet. */
  private request(item: ItemId, start: number, end: number, source = this.heard): readonly Piece[] {
    const pieces = piecesOf(source, start, end);
    for (const piece of this.recognitions.want(item, pieces)) {
      const audio = bytesFromSamples(source.slice(piece.start, piece.end));
      this.deps.recognize(item, piece.end, audio, this.input, (code) => this.refused(item, piece.end, code));
    }
    return pieces;
  }

  /** Set by the behaviour: refusals come from outside a handler and go through the mailbox. */
  refused: (item: ItemId, end: number, code: string) => void = () => {};

  private recognizeWhole(item: ItemId, bytes: Uint8Array, context: ActorContext<ListenerMessage>): void {
    const { type } = this.input.format;
    const reader = new PcmReader();
    const samples =
      type === "audio/pcm"
        ? reader.read(bytes)
        : new Resampler(8_000, keptRate).push(decodeG711(type === "audio/pcmu" ? "mulaw" : "alaw", bytes));
    this.deps.keep(item, bytesFromSamples(samples));
    const source = new Track();
    source.append(new Resampler(keptRate, sttSampleRate).push(samples));
    this.finish(item, this.request(item, 0, source.end, source), source.end / sttSampleRate, context);
  }

  private takeResult(
    out: Extract<ListenerMessage, { type: "out" }>["out"],
    context: ActorContext<ListenerMessage>,
  ): void {
    if (this.speech?.item === out.item && this.speech.partialEnd === out.end && out.type === "stt.done") {
      this.tellPartially(this.speech, out.text);
    }
    this.report(out.item, this.recognitions.take(out), context);
  }

  private report(item: ItemId, settled: Settled | undefined, context: ActorContext<ListenerMessage>): void {
    if (settled === undefined) return;
    context.clear(`stt:${item}`);
    const partial = this.partials.get(item);
    this.partials.delete(item);
    const seconds = this.seconds.get(item) ?? 0;
    this.seconds.delete(item);
    if ("code" in settled) {
      this.deps.tellSession({ type: "transcript.failed", item, code: settled.code });
      return;
    }
    if (partial !== undefined && settled.text.startsWith(partial.emitted)) {
      const rest = settled.text.slice(partial.emitted.length);
      if (rest !== "") this.deps.tellSession({ type: "transcript.partial", item, delta: rest });
    }
    this.deps.tellSession({ type: "transcript", item, text: settled.text, seconds });
  }

  /** Reads the growing utterance now and then, if the client wants transcripts and the last reading is back. */
  private readPartially(): void {
    const { speech } = this;
    if (speech === undefined || this.input.transcription === null || this.endpoint.paused) return;
    const end = this.judged;
    if (end - speech.start > partialMsMax * heardPerMs) return;
    if (end - speech.partialAt < partialEveryMs * heardPerMs || this.recognitions.isWaiting(speech.item))
      return;
    speech.partialAt = end;
    speech.partialEnd = end;
    this.request(speech.item, speech.start, end);
  }

  private tellPartially(speech: Speech, text: string): void {
    const words = text.split(/\s+/).filter((word) => word !== "");
    // the last word may still be growing
    const agreed = Math.min(agreedWords(speech.lastWords, words), Math.max(0, words.length - 1));
    speech.lastWords = words;
    if (agreed <= speech.emittedWords) return;
    const fresh = words.slice(speech.emittedWords, agreed).join(" ");
    const delta = speech.emittedWords === 0 ? fresh : ` ${fresh}`;
    speech.emittedWords = agreed;
    speech.emitted += delta;
    this.deps.tellSession({ type: "transcript.partial", item: speech.item, delta });
  }

  /** While nobody speaks, only what a coming onset can need is kept. */
  private trim(): void {
    const padding =
      this.input.turn_detection?.type === "server_vad" ? this.input.turn_detection.prefix_padding_ms : 300;
    const needed =
      this.speech?.start ?? Math.max(this.consumed, this.judged - (padding + trackMarginMs) * heardPerMs);
    this.heard.trim(needed);
    this.kept.trim(needed * 1.5);
  }
}

/** The listener as an actor; a crash costs the turn in progress, not the session. */
export function listenerBehaviour(deps: ListenerDeps, input: Input): Behaviour<ListenerMessage, Listener> {
  return {
    init: ({ self }) => {
      const listener = new Listener(deps, input);
      listener.refused = (item, end, code) => void self.urgent({ type: "job.refused", item, end, code });
      return listener;
    },
    handle: (listener, message, context) => {
      listener.handle(message, context);
      return listener;
    },
    stopping: (listener) => listener.close(),
  };
}
