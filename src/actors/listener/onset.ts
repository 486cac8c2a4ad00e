import type { ActorContext } from "../runtime/actor.ts";
import type { ListenerMessage } from "./messages.ts";
import { endedAt, heardMore, newProvisional, paused, verdictOn, withWords } from "./provisional.ts";
import type { OnsetGuard, Provisional } from "./provisional.ts";

type Context = ActorContext<ListenerMessage>;

/** Speech that ended while an answer was given, and of which it is not known for so long what was said, counts. */
const verdictMsMax = 2_000;

/** Whether speech counts: at once while no answer is given, else when enough is known of it. An answer that ends or
 *  begins is heard of a little late: until then speech is told of a little later, or at once, as without a guard. */
export class Onset {
  private guard: OnsetGuard | undefined;
  private provisional: Provisional | undefined;
  private readonly decided: (
    verdict: "turn" | "noise",
    ended: Provisional["ended"],
    context: Context,
  ) => void;

  /** @param decided told once of each speech that begins, unless it is forgotten; `ended` if it has by then */
  constructor(decided: Onset["decided"]) {
    this.decided = decided;
  }

  /** It is not known yet whether the speech in progress counts. */
  get isOpen(): boolean {
    return this.provisional !== undefined;
  }

  /** The speech in progress is over, but it is still not known. */
  get hasEnded(): boolean {
    return this.provisional?.ended !== undefined;
  }

  /** @param guard set while an answer is given */
  setGuard(guard: OnsetGuard | undefined, context: Context): void {
    this.guard = guard;
    this.reconsider((speech) => speech, context);
  }

  begin(heardMs: number, context: Context): void {
    if (this.guard === undefined) return this.decided("turn", undefined, context);
    this.provisional = newProvisional(this.guard, heardMs);
    this.reconsider((speech) => speech, context);
  }

  goOn(heardMs: number, context: Context): void {
    if (this.hasEnded) context.clear("verdict");
    this.reconsider((speech) => heardMore(speech, heardMs), context);
  }

  pause(end: number, context: Context): void {
    this.reconsider((speech) => paused(speech, end), context);
  }

  end(end: number, at: number, context: Context): void {
    context.timer("verdict", verdictMsMax, { type: "verdict.overdue" });
    this.reconsider((speech) => endedAt(speech, end, at), context);
  }

  /** @param text what was said up to `end`; undefined: that will not be known */
  takeWords(end: number, text: string | undefined, context: Context): void {
    this.reconsider((speech) => withWords(speech, end, text), context);
  }

  overdue(context: Context): void {
    this.reconsider((speech) => withWords(speech, speech.ended?.end ?? 0, undefined), context);
  }

  forget(context: Context): void {
    if (this.provisional === undefined) return;
    this.provisional = undefined;
    context.clear("verdict");
  }

  private reconsider(change: (speech: Provisional) => Provisional, context: Context): void {
    if (this.provisional === undefined) return;
    const provisional = change(this.provisional);
    this.provisional = provisional;
    const verdict = verdictOn(provisional, this.guard !== undefined);
    if (verdict === undefined) return;
    this.forget(context);
    this.decided(verdict, provisional.ended, context);
  }
}
