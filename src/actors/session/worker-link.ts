import type { ResponseId, SessionId } from "../../lib/ids.ts";
import { decodeAsk, decodeOut, encodeReply } from "../../protocol/wire.ts";
import type { Ask, AskReply, Out } from "../../protocol/wire.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { askSubject, outSubject } from "../../transport/subjects.ts";
import type { Subscription, Transport } from "../../transport/transport.ts";
import type { ListenerMessage } from "../listener/messages.ts";
import type { ResponseInput } from "../response/response.ts";
import type { ActorRef } from "../runtime/actor.ts";

interface LinkDeps {
  readonly transport: Transport;
  readonly metrics: Metrics;
  readonly session: SessionId;
  readonly listener: ActorRef<ListenerMessage>;
  response(id: ResponseId): ActorRef<ResponseInput> | undefined;
  hasEnded(id: ResponseId): boolean;
}

/** What workers say to a session, and ask of it, on its way to the child that it is for. */
export class WorkerLink {
  private readonly deps: LinkDeps;
  private subscriptions: Subscription[] = [];

  constructor(deps: LinkDeps) {
    this.deps = deps;
  }

  async open(): Promise<void> {
    const { transport, session } = this.deps;
    const out = transport.subscribe(outSubject(session), ({ payload }) => this.route(payload));
    const ask = transport.respond(askSubject(session), (payload) => this.answer(payload));
    this.subscriptions = [out, ask];
    await Promise.all([out.ready, ask.ready]);
  }

  close(): void {
    for (const subscription of this.subscriptions) subscription.close();
  }

  /** Delivers again what was published lately. */
  repair(): void {
    this.deps.transport.recent(outSubject(this.deps.session)).then(
      (messages) => {
        for (const { payload } of messages) this.route(payload);
      },
      () => {}, // a hint only: the answer ends incomplete if the hole stays
    );
  }

  private route(payload: Uint8Array): void {
    let out: Out;
    try {
      out = decodeOut(payload);
    } catch {
      this.deps.metrics.errorsTotal.inc({ code: "ERR_WIRE" });
      return;
    }
    if (out.type === "stt.done" || out.type === "stt.failed")
      this.deps.listener.offer({ type: "out", out }, "urgent");
    // what finds the lane full is missed, and read again when the hole is noticed
    else this.deps.response(out.response)?.offer({ type: "out", out });
  }

  private async answer(payload: Uint8Array): Promise<Uint8Array | undefined> {
    const ask = decodeAsk(payload);
    const reply = await new Promise<AskReply | undefined>((resolve) => this.pass(ask, resolve));
    return reply === undefined ? undefined : encodeReply(reply);
  }

  private pass(ask: Ask, reply: (reply: AskReply | undefined) => void): void {
    const { target, question } = ask;
    if (target.type === "stt") {
      if (this.deps.listener.urgent({ type: "ask", ask, reply }) !== "queued") reply(undefined);
      return;
    }
    if (this.deps.hasEnded(target.response)) {
      reply({ answer: question === "finish" ? "confirmed" : "drop" });
      return;
    }
    const response = this.deps.response(target.response);
    const message = { type: "ask", ask, reply } as const;
    // a question about the end waits its turn behind the results that it asks about
    const delivery = question === "finish" ? response?.tell(message) : response?.urgent(message);
    if (delivery !== "queued") reply(undefined);
  }
}
