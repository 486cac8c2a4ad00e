import { bytesFromSamples } from "../../audio/pcm.ts";
import type { ItemId } from "../../lib/ids.ts";
import type { Ask, AskReply } from "../../protocol/wire.ts";
import { sttSampleRate } from "../../providers/stt.ts";
import { runsGrantedMax } from "../response/asks.ts";
import type { ActorContext } from "../runtime/actor.ts";
import type { Input, ListenerDeps } from "./deps.ts";
import type { ListenerMessage } from "./messages.ts";
import { Partials } from "./partials.ts";
import { Recognitions, piecesOf } from "./recognitions.ts";
import type { Piece, Settled } from "./recognitions.ts";
import type { Heard } from "./heard.ts";

type Context = ActorContext<ListenerMessage>;
type SttOut = Extract<ListenerMessage, { type: "out" }>["out"];

/** A committed utterance that is not recognised within this, for each of its pieces, has failed. */
const recognitionMsMax = 15_000;
/** Committed utterances that wait for their transcripts at once. Only a client that uploads faster than anybody speaks
 *  comes here, since the session refuses its own commits long before. */
const unsettledMax = 128;

/** What was said in each utterance: asks for it, and tells the session once of each that was committed. Positions are
 *  samples at 16 kHz. */
export class Transcripts {
  private readonly deps: Pick<ListenerDeps, "recognize" | "release" | "tellSession">;
  /** Refusals come from outside a handler, so they go through the mailbox. */
  private readonly refused: (item: ItemId, end: number, code: string) => void;
  private readonly recognitions = new Recognitions();
  private readonly partials = new Partials();
  /** Length of each committed utterance that is not settled. */
  private readonly seconds = new Map<ItemId, number>();

  constructor(
    deps: Pick<ListenerDeps, "recognize" | "release" | "tellSession">,
    refused: (item: ItemId, end: number, code: string) => void,
  ) {
    this.deps = deps;
    this.refused = refused;
  }

  answer(ask: Ask): AskReply | undefined {
    return this.recognitions.answer(ask, runsGrantedMax);
  }

  isCommitted(item: ItemId): boolean {
    return this.recognitions.isCommitted(item);
  }

  /** Something of the utterance is being recognised. */
  isWaiting(item: ItemId): boolean {
    return this.recognitions.isWaiting(item);
  }

  /** Asks for the recognition of what is not being recognised yet. */
  request(item: ItemId, start: number, end: number, input: Input, source: Heard): readonly Piece[] {
    const pieces = piecesOf(source, start, end);
    for (const piece of this.recognitions.want(item, pieces)) {
      const audio = bytesFromSamples(source.slice(piece.start, piece.end));
      this.deps.recognize(item, piece.end, audio, input, (code) => this.refused(item, piece.end, code));
    }
    return pieces;
  }

  /** The utterance is complete with these pieces, `samples` of speech. The session hears of its transcript, or that
   *  there is none, once and in bounded time. */
  commit(item: ItemId, pieces: readonly Piece[], samples: number, context: Context): void {
    this.seconds.set(item, samples / sttSampleRate);
    const settled = this.recognitions.commit(item, pieces);
    if (settled !== undefined) this.report(item, settled, context);
    else if (this.seconds.size > unsettledMax) this.giveUp(item, context, "ERR_BUSY");
    else context.timer(`stt:${item}`, recognitionMsMax * pieces.length, { type: "timeout", item });
  }

  take(out: SttOut, context: Context): void {
    this.report(out.item, this.recognitions.take(out), context);
  }

  /** A reading of an utterance that still grows. */
  takePartial({ item, text }: Extract<SttOut, { type: "stt.done" }>): void {
    this.tellPartially(item, this.partials.read(item, text));
  }

  refuse(item: ItemId, end: number, code: string, context: Context): void {
    this.report(item, this.recognitions.fail(item, end, code), context);
  }

  giveUp(item: ItemId, context: Context, code = "ERR_TIMEOUT"): void {
    this.deps.release(item);
    this.report(item, this.recognitions.abandon(item, code), context);
  }

  /** The utterance is not committed, and will not be. */
  drop(item: ItemId): void {
    this.recognitions.drop(item);
    this.partials.drop(item);
    this.deps.release(item);
  }

  private report(item: ItemId, settled: Settled | undefined, context: Context): void {
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

  private tellPartially(item: ItemId, delta: string): void {
    if (delta !== "") this.deps.tellSession({ type: "transcript.partial", item, delta });
  }
}
