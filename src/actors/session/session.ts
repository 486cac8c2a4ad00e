import assert from "node:assert/strict";
import type { ItemId, ResponseId, SessionId } from "../../lib/ids.ts";
import { dialects } from "../../protocol/dialect.ts";
import type { Dialect } from "../../protocol/dialect.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import { startingConfig } from "../../protocol/starting-config.ts";
import type { Logger } from "../../telemetry/logs.ts";
import type { ListenerMessage } from "../listener/messages.ts";
import type { ResponseStep } from "../response/messages.ts";
import type { ResponseInput } from "../response/response.ts";
import type { ActorContext, ActorRef, ChildIdentity } from "../runtime/actor.ts";
import type { ClientSocket, OpenRequest } from "./connection.ts";
import { ERRORS } from "../../lib/errors.ts";
import { audioPartOf, findItem } from "./conversation.ts";
import { ItemAudio } from "./item-audio.ts";
import { SessionJobs } from "./jobs.ts";
import { sessionListener } from "./listening.ts";
import { handleSession, sessionMinutesMax } from "./machine.ts";
import type { SessionEffect, SessionMessage } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { childMailbox, spawnResponse } from "./response-child.ts";
import type { SessionDeps, SessionInput } from "./session-input.ts";
import { asHeard, spokenOf } from "./speaking.ts";
import { isIdle, isStillHeard, newSession } from "./state.ts";
import type { SessionState } from "./state.ts";
import { Turns } from "./turns.ts";
import { WorkerLink } from "./worker-link.ts";
import { WrittenAudio } from "./written-audio.ts";

const listenerRestarts = { policy: "restart", restartsMax: 3, windowMs: 60_000 } as const;
/** How long a session whose client has gone waits for what is still under way, ms. */
const lingerMs = 5_000;

/** A session's state, and the hands of its machine: children, transport, log and socket. */
export class Session {
  private state: SessionState;
  private readonly context: ActorContext<SessionInput>;
  private readonly deps: SessionDeps;
  private readonly socket: ClientSocket;
  private readonly logger: Logger;
  private readonly dialect: Dialect;
  private readonly outbox: Outbox;
  private readonly jobs: SessionJobs;
  private readonly turns: Turns;
  private readonly listener: ActorRef<ListenerMessage>;
  private readonly responses = new Map<ResponseId, ActorRef<ResponseInput>>();
  private readonly workers: WorkerLink;
  private readonly audio: ItemAudio;
  private readonly written = new WrittenAudio();
  private leaving = false;
  private draining = false;

  constructor(
    id: SessionId,
    request: OpenRequest,
    socket: ClientSocket,
    deps: SessionDeps,
    context: ActorContext<SessionInput>,
  ) {
    const { clock, transport, node } = deps;
    const { tenant } = request;
    const { self } = context;
    this.context = context;
    this.deps = deps;
    this.socket = socket;
    this.logger = deps.logger;
    this.dialect = dialects[request.dialect];
    const starting = startingConfig(request);
    assert(starting.ok, "the session that a secret carries was validated when the secret was made");
    this.say(starting.notes);
    const idPrefix = id.slice("sess_".length);
    const expiresAt = Math.floor(clock.now() / 1_000) + sessionMinutesMax * 60;
    this.state = newSession({ id, tenant, expiresAt, config: starting.config, idPrefix, limits: deps.model });
    this.outbox = new Outbox({
      tenant,
      session: id,
      node,
      model: starting.config.model,
      log: transport.log,
      clock,
      send: (event, eventId) => {
        this.turns.saw(event);
        const outcome = this.socket.send(this.dialect.encode(event, eventId));
        if (outcome === "buffered") self.urgent({ type: "congested", congested: true });
        return outcome === "sent";
      },
      together: (sends) => socket.together(sends),
      logged: (notify) => void self.urgent({ type: "logged", notify }),
      stalled: () => void self.urgent({ type: "log.stalled" }),
      lost: (error) => void self.urgent({ type: "lost", error }),
    });
    this.jobs = new SessionJobs({ transport, clock, tenant, session: id, epoch: () => this.outbox.epoch });
    this.turns = new Turns({
      clock,
      metrics: deps.metrics,
      logger: deps.logger,
      tenant,
      session: id,
      traceparent: request.traceparent,
      record: deps.record,
    });
    this.audio = new ItemAudio({ ...deps, retention: deps.audioRetention, tenant, session: id });
    const ears = sessionListener({
      ...deps,
      jobs: this.jobs,
      audio: this.audio,
      hearing: this.written.hearing,
      session: id,
      traceparent: request.traceparent,
      tell: (message) => this.mustTake(self.offer(message, "urgent")),
      input: starting.config.audio.input,
    });
    this.listener = context.spawn("listener", ears, { ...childMailbox, crash: listenerRestarts });
    this.workers = new WorkerLink({
      transport,
      metrics: deps.metrics,
      session: id,
      listener: this.listener,
      response: (response) => this.responses.get(response),
      hasEnded: (response) => this.state.ended.includes(response),
    });
  }

  /** Owns the session from here on. */
  async open(): Promise<void> {
    await this.outbox.open();
    await this.workers.open();
    this.context.timer("expire", sessionMinutesMax * 60_000, { type: "expired" });
    this.apply({ type: "opened" });
    this.logger.info("session opened");
  }

  handle(input: SessionInput): void {
    switch (input.type) {
      case "frame":
      case "audio": {
        if (this.leaving) return;
        const parsed = input.type === "audio" ? input.parsed : this.dialect.parse(input.frame);
        if (!parsed.ok) return this.apply({ type: "rejected", error: parsed.error });
        const { event } = parsed;
        if (event.type === "input_audio_buffer.append" && this.written.take(this.state, event.audio))
          return this.listen({ type: "audio", bytes: event.audio });
        this.apply({ type: "client", event });
        return;
      }
      case "drained":
        this.outbox.resume();
        this.apply({ type: "congested", congested: false });
        return;
      case "logged":
        this.responses.get(input.notify.response)?.urgent({ type: "logged", segment: input.notify.segment });
        return;
      case "gone":
        this.leave();
        return;
      case "drain":
        this.draining = true;
        this.leaveWhenDone();
        return;
      case "leave":
        void this.context.self.stop();
        return;
      case "lost":
        this.logger.error({ code: input.error.code }, "session lost its log");
        this.socket.close(ERRORS[input.error.code].closeCode, "the session cannot be kept");
        void this.context.self.stop();
        return;
      default:
        this.apply(input);
    }
  }

  /** The client has gone: answers are cut off, transcripts on their way are waited for, a while. */
  private leave(): void {
    if (this.leaving) return;
    this.leaving = true;
    this.apply({ type: "gone" });
    this.context.timer("leave", lingerMs, { type: "leave" });
    this.leaveWhenDone();
  }

  private leaveWhenDone(): void {
    if (!this.leaving && !this.draining) return;
    // nobody goes on speaking to a client that has gone
    if (isIdle(this.leaving ? { ...this.state, speech: undefined } : this.state))
      void this.context.self.stop();
  }

  async close(): Promise<void> {
    this.workers.close();
    for (const part of [...this.state.pending, ...this.state.active.keys()]) this.jobs.stop(part, []);
    this.jobs.purge();
    this.turns.close();
    const ended = await this.outbox.close("client gone");
    this.socket.close(1001, "session ended");
    await this.audio.close(ended);
    this.logger.info("session closed");
  }

  private apply(message: SessionMessage): void {
    const { state, effects } = handleSession(
      this.written.countedIn(this.state),
      message,
      this.deps.clock.monotonic(),
    );
    this.state = state;
    for (const effect of effects) this.perform(effect);
    this.leaveWhenDone();
  }

  private perform(effect: SessionEffect): void {
    switch (effect.type) {
      case "emit":
        return this.emit(effect);
      case "listen":
        return this.listen(effect.message);
      case "respond":
        this.respond(effect);
        return;
      case "begin":
        this.responses.get(effect.response)?.urgent({ type: "begin", request: effect.request });
        return;
      case "cancel":
        for (const [item, bytes] of this.outbox.dropAudio(effect.response))
          this.apply({ type: "audio.dropped", response: effect.response, item, bytes });
        this.responses.get(effect.response)?.urgent({ type: "cancel", reason: effect.reason });
        return;
      case "fail":
        this.responses.get(effect.response)?.urgent({ type: "fail", code: effect.code });
        return;
      case "congest":
        this.responses.get(effect.response)?.urgent({ type: "congested", congested: effect.congested });
        return;
      case "wake": {
        const { key, ms } = effect;
        if (ms === undefined) this.context.clear(key);
        else this.context.timer(key, ms, { type: "woke", key });
        return;
      }
      case "retrieve":
        return this.retrieve(effect.item);
      case "configured":
        return this.say(effect.notes);
      case "close":
        this.outbox.push({
          log: [],
          events: [],
          afterwards: () => this.socket.close(effect.code, effect.reason),
        });
    }
  }

  private emit(effect: Extract<SessionEffect, { type: "emit" }>): void {
    this.turns.pushed(effect);
    const events = this.dialect.outgoing(effect.events);
    const group = events === effect.events ? effect : { ...effect, events };
    const deleted = effect.log.flatMap((entry) => (entry.type === "item.deleted" ? [entry.item] : []));
    if (deleted.length === 0) return this.outbox.push(group);
    for (const item of deleted) this.audio.silence(item, isStillHeard(this.state, item));
    const logged = (): void => deleted.forEach((item) => this.audio.deleteWritten(item));
    this.outbox.push({ ...group, logged });
  }

  /** What a client asked for and does not get. */
  private say(notes: readonly string[]): void {
    for (const note of notes) this.logger.info({ note }, "setting has no effect");
  }

  private respond(effect: Extract<SessionEffect, { type: "respond" }>): void {
    const { context, deps, jobs, turns, workers, audio } = this;
    const { self } = context;
    const { id } = effect.spec;
    turns.begin(id);
    const tellSession = (step: ResponseStep) => this.mustTake(self.offer({ type: "step", step }, "urgent"));
    const child = spawnResponse(effect, {
      context,
      clock: deps.clock,
      jobs,
      turns,
      workers,
      audio,
      tellSession,
    });
    this.responses.set(id, child);
    void child.stopped.then(() => {
      this.responses.delete(id);
      self.urgent({ type: "response.lost", response: id });
    });
  }

  private retrieve(id: ItemId): void {
    const found = findItem(this.state.conversation, id);
    if (found === undefined) return;
    const item = asHeard(this.state, found);
    const samples = spokenOf(this.state, id)?.sent;
    const later = async (): Promise<readonly ServerEvent[]> => {
      const audio = await this.audio.read(id, audioPartOf(item), samples);
      return [{ type: "conversation.item.retrieved", item, audio }];
    };
    this.outbox.push({ log: [], events: [], later });
  }

  /** A message that must not be lost was not taken: the session cannot go on. */
  private mustTake(delivery: "queued" | "full" | "stopped"): void {
    if (delivery === "full") this.overrun();
  }

  /** Audio, and where it ends, is heard before any answer of the detector that comes later. */
  private listen(message: ListenerMessage): void {
    const { listener } = this;
    if (message.type === "recognize") this.audio.renew(message.item);
    this.mustTake(message.type === "configure" ? listener.tell(message) : listener.offer(message));
  }

  private overrun(): void {
    this.deps.metrics.errorsTotal.inc({ code: "ERR_BUSY" });
    this.socket.close(1013, "more is sent than the session can take");
  }

  childEnded(child: ChildIdentity): SessionInput | undefined {
    if (child.id !== this.listener.id) return undefined;
    this.socket.close(1011, "the session cannot listen any more");
    return undefined;
  }
}
