import type { TurnDetection } from "../../protocol/turn-detection.ts";
import type { TurnEndEngine } from "../../providers/turn-end.ts";
import type { ActorContext } from "../runtime/actor.ts";
import type { ListenerMessage } from "./messages.ts";
import { finishedBy, shortestSilence, silenceFor } from "./patience.ts";

type Context = ActorContext<ListenerMessage>;

/** How long audio behind a pause waits to be weighed until it is known whether the speaker has finished, ms. Then
 *  silence alone decides. Nothing else waits meanwhile: a turn is in progress, and nobody answers before its words are
 *  recognised anyway. */
const answerMsMax = 1_000;

interface Pause {
  readonly number: number;
  /** Up to where the words are being recognised. */
  readonly end: number;
  readonly wanted: AbortController;
  /** Undefined, as `said` too: the answer is still to come. */
  sounded: { readonly probability: number | undefined } | undefined;
  said: { readonly text: string | undefined } | undefined;
}

/** How long silence has to last until it ends the turn. Under semantic_vad that is asked at each pause: of the model
 *  by how it sounded, and of the recognised words. A pause that speech has ended is forgotten. */
export class TurnEnd {
  private readonly engine: TurnEndEngine;
  private pause: Pause | undefined;
  private pauses = 0;

  constructor(engine: TurnEndEngine) {
    this.engine = engine;
  }

  /** An answer is still to come: until it has, a silence of `silenceMs` or more is not to be judged. */
  get isOpen(): boolean {
    return this.pause !== undefined && (this.pause.sounded === undefined || this.pause.said === undefined);
  }

  /** Silence that ends the turn, as far as is known now. */
  silenceMs(detection: TurnDetection | null): number {
    if (detection === null) return Infinity;
    if (detection.type === "server_vad") return detection.silence_duration_ms;
    if (this.isOpen) return shortestSilence(detection.eagerness);
    return silenceFor(
      detection.eagerness,
      finishedBy(this.pause?.sounded?.probability, this.pause?.said?.text),
    );
  }

  /** Asks about a pause.
   *  @param end up to where its words are being recognised
   *  @param samples the turn with the pause, s16 at 16 kHz */
  ask(end: number, samples: Int16Array, context: Context): void {
    this.forget(context);
    const number = (this.pauses += 1);
    const wanted = new AbortController();
    this.pause = { number, end, wanted, sounded: undefined, said: undefined };
    const answer = (probability: number | undefined): void =>
      void context.self.urgent({ type: "turn.judged", pause: number, probability });
    this.engine.judge(samples, wanted.signal).then(answer, () => answer(undefined));
    context.timer("turn-end", answerMsMax, { type: "turn.overdue" });
  }

  /** The model's answer about a pause; undefined: it does not know.
   *  @returns whether it is about the pause that is now */
  judged(number: number, probability: number | undefined, context: Context): boolean {
    if (this.pause?.number !== number) return false;
    this.pause.sounded ??= { probability };
    return this.settle(context);
  }

  /** What was said up to there; undefined: that is not known.
   *  @returns whether it is about the pause that is now */
  recognised(end: number, text: string | undefined, context: Context): boolean {
    if (this.pause?.end !== end) return false;
    this.pause.said ??= { text };
    return this.settle(context);
  }

  /** What has not been answered by now is unknown. */
  overdue(): void {
    if (this.pause === undefined) return;
    this.pause.sounded ??= { probability: undefined };
    this.pause.said ??= { text: undefined };
  }

  /** Speech goes on, or the turn is over. */
  forget(context: Context): void {
    if (this.pause === undefined) return;
    context.clear("turn-end");
    this.close();
  }

  /** Nobody waits for an answer any more. */
  close(): void {
    this.pause?.wanted.abort();
    this.pause = undefined;
  }

  private settle(context: Context): true {
    if (!this.isOpen) context.clear("turn-end");
    return true;
  }
}
