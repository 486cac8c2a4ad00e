import type { Clock } from "../../lib/clock.ts";
import type { ActorContext } from "../runtime/actor.ts";
import type { ListenerMessage } from "./messages.ts";

type Context = ActorContext<ListenerMessage>;

/** A client that stops sending in mid-turn: the turn ends after the silence that would end it, and this. */
const mutedMs = 1_000;

/** Watches for a client that stops sending in mid-turn. The timer finds out itself whether audio came meanwhile, so that
 *  a frame sets none. */
export class Muted {
  private readonly clock: Clock;
  /** When audio last came, ms on the monotonic clock. */
  private audioAt = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Tells `muted` when no audio has come for long from now on.
   *  @param silenceMs silence that would end the turn */
  watch(silenceMs: number, context: Context): void {
    this.audioCame();
    context.timer("muted", silenceMs + mutedMs, { type: "muted" });
  }

  audioCame(): void {
    this.audioAt = this.clock.monotonic();
  }

  /** Whether that has come about; if not, `muted` is told again. */
  hasLasted(silenceMs: number, context: Context): boolean {
    const leftMs = this.audioAt + silenceMs + mutedMs - this.clock.monotonic();
    if (leftMs <= 0) return true;
    context.timer("muted", Math.ceil(leftMs), { type: "muted" });
    return false;
  }

  forget(context: Context): void {
    context.clear("muted");
  }
}
