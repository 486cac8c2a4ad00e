import assert from "node:assert/strict";
import { handleResponse, newResponse } from "../../src/actors/response/machine.ts";
import type { ResponseEffect, ResponseMessage } from "../../src/actors/response/messages.ts";
import type { ResponseState } from "../../src/actors/response/state.ts";
import { handleSession } from "../../src/actors/session/machine.ts";
import type { SessionEffect, SessionMessage } from "../../src/actors/session/messages.ts";
import { Outbox } from "../../src/actors/session/outbox.ts";
import { newSession } from "../../src/actors/session/state.ts";
import type { SessionState } from "../../src/actors/session/state.ts";
import { defaultTenant, newRunId } from "../../src/lib/ids.ts";
import type { NodeId, ResponseId, SessionId } from "../../src/lib/ids.ts";
import { decodeLogRecord } from "../../src/protocol/log-record.ts";
import type { LogEntry } from "../../src/protocol/log-record.ts";
import { encodeServerEvent } from "../../src/protocol/server-events.ts";
import { defaultSessionConfig } from "../../src/protocol/session-config.ts";
import type { AskReply, JobTarget, Out } from "../../src/protocol/wire.ts";
import { FakeClock } from "../contracts/fake-clock.ts";
import { EventOrderChecker } from "./event-order.ts";
import type { Received } from "./log-before-event.ts";

/** One run of one job: what it publishes, and how far it is. */
export interface RunBench {
  readonly target: Exclude<JobTarget, { type: "stt" }>;
  readonly text: string;
  readonly outs: readonly Out[];
  published: number;
  dead: boolean;
}

/** What a job's run publishes from where it goes on.
 *  @param text to speak, or after which the answer goes on */
export type MakeOuts = (
  target: RunBench["target"],
  run: string,
  text: string,
  from: number,
) => readonly Out[];

interface Answer {
  machine: ResponseState;
  readonly urgent: ResponseMessage[];
  readonly normal: ResponseMessage[];
}

type Timeless<M> = M extends unknown ? Omit<M, "at"> : never;

/** The real machines of a session and its responses and its real outbox. Every message waits in its mailbox until the
 *  test delivers it, and every append until the test acknowledges it, so that any interleaving can be chosen. */
export class ResponseBench {
  readonly clock = new FakeClock();
  readonly answers = new Map<ResponseId, Answer>();
  readonly inbox: SessionMessage[] = [];
  readonly runs: RunBench[] = [];
  readonly events: Received[] = [];
  readonly entries: LogEntry[] = [];
  /** Responses whose cancel the session has handled. */
  readonly silenced = new Set<ResponseId>();
  /** Responses of which a job was given up. */
  readonly buried = new Set<ResponseId>();
  session: SessionState;
  readonly #outbox: Outbox;
  readonly #order = new EventOrderChecker();
  readonly #makeOuts: MakeOuts;
  readonly #timers = new Map<string, () => void>();
  #acknowledge: (() => void) | undefined;
  #sequence = 0;
  #asks = 0;
  readonly #replies = new Map<number, (reply: AskReply | undefined) => void>();

  constructor(makeOuts: MakeOuts) {
    this.#makeOuts = makeOuts;
    const id = "sess_1" as SessionId;
    const config = defaultSessionConfig("parley");
    const transcribed = {
      ...config,
      audio: { ...config.audio, input: { ...config.audio.input, transcription: {} } },
    };
    this.session = newSession({
      id,
      tenant: defaultTenant,
      expiresAt: 0,
      config: transcribed,
      idPrefix: "1",
    });
    this.#outbox = new Outbox({
      tenant: defaultTenant,
      session: id,
      node: "node_1" as NodeId,
      model: "parley",
      clock: this.clock,
      log: {
        append: (_tenant, _session, record) =>
          new Promise((resolve) => {
            this.#acknowledge = () => {
              this.entries.push(...decodeLogRecord(record).entries);
              this.#sequence += 1;
              resolve({ outcome: "appended", sequence: this.#sequence });
            };
          }),
        last: async () => undefined,
        read: async () => undefined,
        purge: async () => {},
      },
      send: (event, eventId) => this.#send(JSON.parse(encodeServerEvent(event, eventId)) as Received),
      logged: ({ response, segment }) => this.tell(response, { type: "logged", segment }),
      together: (sends) => sends(),
      stalled: () => {},
      lost: (error) => assert.fail(error),
    });
  }

  get #at(): number {
    return this.clock.monotonic();
  }

  #send(event: Received): boolean {
    this.#order.accept(event);
    const response = event["response_id"] as ResponseId;
    const audio = event.type === "response.output_audio.delta";
    assert(!audio || !this.silenced.has(response), "audio after the session handled the cancel");
    const done =
      event.type === "response.done" ? (event["response"] as { id: ResponseId; status: string }) : undefined;
    if (done?.status === "completed")
      assert(!this.silenced.has(done.id), "an answer that was cut off is called complete");
    this.events.push(event);
    return true;
  }

  tell(response: ResponseId, message: Timeless<ResponseMessage>, lane: "urgent" | "normal" = "urgent"): void {
    this.answers.get(response)?.[lane].push({ ...message, at: this.#at } as ResponseMessage);
  }

  /** Handles the next message of the session, if any. */
  deliverToSession(): boolean {
    const message = this.inbox.shift();
    if (message === undefined) return false;
    const { state, effects } = handleSession(this.session, message);
    this.session = state;
    for (const effect of effects) this.#performSession(effect);
    return true;
  }

  #performSession(effect: SessionEffect): void {
    switch (effect.type) {
      case "emit":
        return this.#outbox.push(effect);
      case "respond":
        this.answers.set(effect.spec.id, {
          machine: newResponse(effect.spec, this.#at),
          urgent: [],
          normal: [],
        });
        return;
      case "begin":
        return this.tell(effect.response, { type: "begin" });
      case "cancel":
        this.silenced.add(effect.response);
        for (const [item, bytes] of this.#outbox.dropAudio(effect.response)) {
          const dropped = { type: "audio.dropped", response: effect.response, item, bytes } as const;
          this.session = handleSession(this.session, dropped).state;
        }
        return this.tell(effect.response, { type: "cancel", reason: effect.reason });
      case "fail":
        return this.tell(effect.response, { type: "fail", code: effect.code });
      case "congest":
        return this.tell(effect.response, { type: "congested", congested: effect.congested });
      default: // the listener, the store and the socket are no part of this bench
    }
  }

  /** Handles the next message of a response, urgent ones first. */
  deliverToResponse(response: ResponseId): boolean {
    const answer = this.answers.get(response);
    const message = answer?.urgent.shift() ?? answer?.normal.shift();
    if (answer === undefined || message === undefined) return false;
    const { state, effects } = handleResponse(answer.machine, {
      ...message,
      at: this.#at,
    } as ResponseMessage);
    answer.machine = state;
    for (const effect of effects) this.#performResponse(response, effect);
    return true;
  }

  #performResponse(response: ResponseId, effect: ResponseEffect): void {
    switch (effect.type) {
      case "step":
        this.inbox.push({ type: "step", step: effect.step });
        return;
      case "generate":
        return this.#run({ type: "llm", response }, "", 0);
      case "synthesize":
        return this.#run({ type: "tts", response, segment: effect.segment }, effect.text, 0);
      case "reply":
        this.#replies.get(effect.token)?.(effect.reply);
        return;
      case "timer": {
        const key = `${response} ${effect.key}`;
        this.#timers.get(key)?.();
        this.#timers.set(
          key,
          this.clock.after(effect.ms, () => this.tell(response, { type: effect.key })),
        );
        return;
      }
      case "repair":
        for (const run of this.runs) for (const out of run.outs.slice(0, run.published)) this.#publish(out);
        return;
      case "stop.jobs": // workers may go on for a while: the test decides
    }
  }

  #run(target: RunBench["target"], text: string, from: number, run = newRunId()): void {
    this.runs.push({
      target,
      text,
      outs: this.#makeOuts(target, run, text, from),
      published: 0,
      dead: false,
    });
  }

  #publish(out: Out): void {
    if ("response" in out && (out.type.startsWith("llm.") || out.type.startsWith("tts.")))
      this.tell(out.response, { type: "out", out } as Timeless<ResponseMessage>, "normal");
  }

  /** The next result of a run, or one of its earlier ones again. */
  publish(run: RunBench, again?: number): boolean {
    const index = again === undefined ? run.published : again % Math.max(1, run.published);
    const out = run.outs[index];
    if (out === undefined || (again !== undefined && run.published === 0)) return false;
    if (again === undefined) run.published += 1;
    this.#publish(out);
    return true;
  }

  /** The next result of a run gets lost. */
  lose(run: RunBench): void {
    // the last one is asked for by the worker itself until it is there
    if (run.published < run.outs.length - 1) run.published += 1;
  }

  /** The run is taken for dead and its job delivered again: the next run asks where to go on. */
  redeliver(run: RunBench): void {
    if (run.dead) return;
    run.dead = true;
    const { target, text } = run;
    const token = this.#asks++;
    const next = newRunId();
    this.#replies.set(token, (reply) => {
      if (reply?.answer === "bury") this.buried.add(target.response);
      if (reply?.answer !== "go") return;
      this.#run(target, target.type === "llm" ? (reply.text ?? "") : text, reply.offset, next);
    });
    const ask = { question: "start", target, run: next, epoch: 1 } as const;
    this.tell(target.response, { type: "ask", ask, token });
  }

  async open(): Promise<void> {
    const opened = this.#outbox.open();
    this.acknowledge();
    await opened;
  }

  /** Acknowledges the append in flight, if any. */
  acknowledge(): boolean {
    const acknowledge = this.#acknowledge;
    this.#acknowledge = undefined;
    acknowledge?.();
    return acknowledge !== undefined;
  }

  finish(): void {
    this.#order.finish();
  }
}
