import type { Clock } from "../../lib/clock.ts";
import { ParleyError, errorCode } from "../../lib/errors.ts";
import { newRunId } from "../../lib/ids.ts";
import type { RunId } from "../../lib/ids.ts";
import type { VoiceInteraction } from "../../persistence/store.ts";
import { decodeCancel, decodeJob, encodeOut } from "../../protocol/wire.ts";
import type { AskReply, Job } from "../../protocol/wire.ts";
import type { Logger } from "../../telemetry/logs.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { startSpan } from "../../telemetry/traces.ts";
import { outSubject } from "../../transport/subjects.ts";
import { workingEveryMs } from "../../transport/transport.ts";
import type { Delivery, JobConsumer, JobQueue, Subscription, Transport } from "../../transport/transport.ts";
import { spawn } from "../runtime/actor.ts";
import type { ActorContext, ActorRef, ActorSystem, Behaviour } from "../runtime/actor.ts";
import { askFinish, askStart } from "./ask.ts";
import type { Stage } from "./stage.ts";

/** How long a job waits before it is offered again when its session did not answer, ms. */
const unansweredMs = 1_000;
/** Deliveries of a job that no session answers for, before it is given up. */
const unansweredMax = 60;
/** Idle slots of a queue that are kept ready. A slot costs memory, about 3 kB, and time in each garbage collection, so the
 *  others are opened when work comes. */
const spareSlots = 4;
const slotRestarts = { policy: "restart", restartsMax: 100, windowMs: 60_000 } as const;

export interface PoolDeps {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly record: (interaction: VoiceInteraction) => void;
}

/** Slots of one stage, each an actor that runs one job at a time. */
export interface Pool {
  readonly busy: () => number;
  /** Stops taking work and stops the runs under way; their jobs are delivered again. */
  stop(): Promise<void>;
}

/** Runs under way by session and part of it that they are for, so that a cancel finds them. */
type Runs = Map<string, Set<AbortController>>;

/** Starts up to `slots[queue]` workers on each queue, as they are needed. */
export function startPool(
  system: ActorSystem,
  stage: Stage,
  slots: Partial<Record<JobQueue, number>>,
  deps: PoolDeps,
): Pool {
  const runs: Runs = new Map();
  let busy = 0;
  const total = Object.values(slots).reduce((sum, count) => sum + count, 0);
  const cancels: Subscription = deps.transport.subscribe("v1.cancel.*", ({ subject, payload }) => {
    const { part } = decodeCancel(payload);
    const session = subject.slice(subject.lastIndexOf(".") + 1);
    for (const controller of runs.get(`${session}.${part}`) ?? [])
      controller.abort(new ParleyError("ERR_ABORTED", "cancelled"));
  });
  const worker = new Worker(stage, runs, deps, (change) => {
    busy += change;
    deps.metrics.workerUtilization.set({ stage: stage.name }, busy / total);
  });
  const stopping = new AbortController();
  const opened = (Object.entries(slots) as [JobQueue, number][]).map(([queue, count]) => {
    const behaviour = (use: SlotUse) => slotBehaviour(worker, deps.transport.jobs.consume(queue), use);
    return openSlots({ system, queue, count, stopping: stopping.signal }, behaviour);
  });
  return {
    busy: () => busy,
    async stop() {
      cancels.close();
      stopping.abort();
      await Promise.all(opened.flat().map((ref) => ref.stop()));
    },
  };
}

/** What a slot says about itself, so that there are always others that wait for work. */
interface SlotUse {
  took(): void;
  idle(): void;
}

interface QueueSlots {
  readonly system: ActorSystem;
  readonly queue: JobQueue;
  readonly count: number;
  /** No slot is opened any more. */
  readonly stopping: AbortSignal;
}

/** Opens slots of one queue, so many that some are to spare; one that is open stays.
 *  @returns those that are open, now and later */
function openSlots(
  { system, queue, count, stopping }: QueueSlots,
  behaviour: (use: SlotUse) => Behaviour<"pull", undefined>,
): readonly ActorRef<"pull">[] {
  const refs: ActorRef<"pull">[] = [];
  let idle = 0;
  const open = (): void => {
    while (idle < spareSlots && refs.length < count && !stopping.aborted) {
      idle += 1;
      const options = { normalMax: 4, crash: slotRestarts };
      refs.push(spawn(system, `${queue}-${refs.length}`, behaviour(use), options));
    }
  };
  const use: SlotUse = {
    took: () => {
      idle -= 1;
      open();
    },
    idle: () => void (idle += 1),
  };
  open();
  return refs;
}

/** Takes one job, runs it, and asks itself for the next. */
function slotBehaviour(worker: Worker, consumer: JobConsumer, use: SlotUse): Behaviour<"pull", undefined> {
  return {
    init: ({ self }) => {
      self.tell("pull");
      return undefined;
    },
    handle: async (_state, _message, context: ActorContext<"pull">) => {
      const delivery = await consumer.next(context.signal);
      if (delivery === undefined) return undefined; // the transport or this actor has ended
      use.took();
      await worker.take(delivery, context.signal);
      use.idle();
      context.self.tell("pull");
      return undefined;
    },
  };
}

class Worker {
  private readonly stage: Stage;
  private readonly runs: Runs;
  private readonly deps: PoolDeps;
  private readonly noteBusy: (change: 1 | -1) => void;

  constructor(stage: Stage, runs: Runs, deps: PoolDeps, noteBusy: (change: 1 | -1) => void) {
    this.stage = stage;
    this.runs = runs;
    this.deps = deps;
    this.noteBusy = noteBusy;
  }

  /** Deals with one delivery; never throws. */
  async take(delivery: Delivery, stopped: AbortSignal): Promise<void> {
    let job: Job;
    try {
      job = decodeJob(delivery.payload);
      if (!this.stage.accepts(job)) throw new ParleyError("ERR_WIRE", "a job of another stage");
    } catch (error) {
      await delivery.deadLetter(errorCode(error)).catch(() => {}); // else it comes again
      return;
    }
    const controller = new AbortController();
    const abort = (): void => controller.abort(new ParleyError("ERR_ABORTED", "the worker stops"));
    stopped.addEventListener("abort", abort, { once: true });
    const part = `${job.session}.${this.stage.part(job)}`;
    const others = this.runs.get(part) ?? new Set();
    this.runs.set(part, others.add(controller));
    this.noteBusy(1);
    const stopWorking = this.keepAlive(delivery);
    try {
      await this.run(delivery, job, controller.signal);
    } catch (error) {
      this.deps.logger.warn(
        { code: errorCode(error), stage: this.stage.name },
        "a job was left to its redelivery",
      );
    } finally {
      stopWorking();
      this.noteBusy(-1);
      stopped.removeEventListener("abort", abort);
      others.delete(controller);
      if (others.size === 0) this.runs.delete(part);
    }
  }

  private keepAlive(delivery: Delivery): () => void {
    let cancel = (): void => {};
    const again = (): void => {
      cancel = this.deps.clock.after(workingEveryMs, () => {
        delivery.working();
        again();
      });
    };
    again();
    return () => cancel();
  }

  private async run(delivery: Delivery, job: Job, signal: AbortSignal): Promise<void> {
    const run = newRunId();
    const asking = {
      ...this.deps,
      session: job.session,
      epoch: job.epoch,
      run,
      target: this.stage.target(job),
    };
    let from: Extract<AskReply, { answer: "go" }> = { answer: "go", offset: 0 };
    if (delivery.count > 1 || job.reissued === true) {
      const reply = await askStart(asking);
      if (reply === undefined && delivery.count > unansweredMax) {
        return delivery.deadLetter("no session answered for it");
      }
      if (reply === undefined) return delivery.nak(unansweredMs);
      if (reply.answer === "bury") return delivery.deadLetter("it was run too often");
      if (reply.answer !== "go") return delivery.ack();
      from = reply;
    }
    await this.execute(job, run, from, signal);
    if (signal.aborted) return; // not acknowledged: if the session's owner dies now, the job is asked for again
    const reply = await askFinish(asking, signal);
    if (reply !== undefined) await delivery.ack();
    else if (!signal.aborted) delivery.nak(unansweredMs);
  }

  /** Runs the job and publishes its last result, also when it fails. */
  private async execute(
    job: Job,
    run: RunId,
    from: Extract<AskReply, { answer: "go" }>,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, transport, metrics } = this.deps;
    const { stage } = this;
    const span = startSpan(stage.name, job.traceparent, {
      "parley.session": job.session,
      "parley.turn": job.turn,
    });
    const begun = clock.monotonic();
    const at = clock.now();
    const subject = outSubject(job.session);
    let firstMs: number | undefined;
    let failure: unknown;
    let size = { inputSize: 0, outputSize: 0 };
    try {
      size = await stage.execute(
        { job, run, from, signal, publish: (out) => transport.publish(subject, encodeOut(out)) },
        () => {
          firstMs ??= clock.monotonic() - begun;
        },
      );
    } catch (error) {
      failure = error;
      if (!signal.aborted) {
        transport.publish(subject, encodeOut(stage.failed(job, run, errorCode(error))));
        metrics.errorsTotal.inc({ code: errorCode(error) });
        this.deps.logger.warn(
          { code: errorCode(error), stage: stage.name, session: job.session, turn: job.turn },
          "a run failed",
        );
      }
    }
    const durationMs = clock.monotonic() - begun;
    stageHistogram(metrics, stage.name).observe(durationMs / 1_000);
    span.end(failure);
    this.deps.record({
      id: run,
      tenant: job.tenant,
      session: job.session,
      turn: job.turn,
      stage: stage.name,
      provider: stage.provider,
      run,
      outcome: signal.aborted ? "cancelled" : failure === undefined ? "ok" : "failed",
      ...(failure !== undefined && { error: errorCode(failure) }),
      at,
      queueMs: Math.max(0, at - job.at),
      durationMs,
      ...(firstMs !== undefined && { firstMs }),
      ...size,
    });
  }
}

function stageHistogram(metrics: Metrics, stage: Stage["name"]) {
  if (stage === "stt") return metrics.sttTranscription;
  return stage === "llm" ? metrics.llmGeneration : metrics.ttsSynthesis;
}
