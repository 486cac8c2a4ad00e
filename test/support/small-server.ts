import { createActorSystem } from "../../src/actors/runtime/actor.ts";
import type { CrashReport } from "../../src/actors/runtime/actor.ts";
import type { OpenRequest, SessionHandle } from "../../src/actors/session/connection.ts";
import { createSessions } from "../../src/actors/session/host.ts";
import type { Sessions } from "../../src/actors/session/host.ts";
import { startPool } from "../../src/actors/workers/pool.ts";
import type { Pool } from "../../src/actors/workers/pool.ts";
import { llmStage, sttStage, ttsStage } from "../../src/actors/workers/stage.ts";
import { bytesFromSamples } from "../../src/audio/pcm.ts";
import { defaultTenant } from "../../src/lib/ids.ts";
import type { NodeId, SessionId } from "../../src/lib/ids.ts";
import { decodeLogRecord } from "../../src/protocol/log-record.ts";
import type { LogEntry } from "../../src/protocol/log-record.ts";
import type { Store } from "../../src/persistence/store.ts";
import { noTurnEnd } from "../../src/providers/unavailable.ts";
import { createLogger } from "../../src/telemetry/logs.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { createMemoryTransport } from "../../src/transport/memory/transport.ts";
import { jobQueues } from "../../src/transport/transport.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { FakeClock } from "../contracts/fake-clock.ts";
import { orderChecker } from "./beta-order.ts";
import type { OrderChecker } from "./beta-order.ts";
import type { Received } from "./log-before-event.ts";
import { Random } from "./random.ts";
import { instantProviders } from "./small-parts.ts";
import type { Parts } from "./small-parts.ts";
import { UnreliableLog } from "./session-log.ts";

type LogStore = Pick<Store, "appendLog" | "lastLog" | "readLog" | "purgeLog">;

const metrics = createMetrics();
const logger = createLogger({ level: "silent", pii: false });

/** Sessions and workers of the real server with parts that answer at once, in a world of its own time. Nothing here
 *  needs the clock to go on unless a part does: what only ends with time was waiting for a time-out. */
export class SmallServer {
  readonly clock = new FakeClock();
  readonly crashes: CrashReport[] = [];
  readonly transport: Transport;
  /** Ids of the jobs that were published. */
  readonly published: string[] = [];
  /** How often each job was delivered. */
  readonly deliveries = new Map<string, number>();
  /** Bytes of audio kept, by item. */
  readonly kept = new Map<string, number>();
  fault: unknown;
  readonly #logs = new Map<string, UnreliableLog>();
  readonly #entries = new Map<string, LogEntry[]>();
  /** Calls of the store that are waited for. */
  #storing = 0;
  readonly #sessions: Sessions;
  readonly #pools: readonly Pool[];
  readonly #end: () => Promise<void>;

  constructor(parts: Parts = {}) {
    const { clock } = this;
    const inner = createMemoryTransport({
      store: parts.store === undefined ? this.#logStore() : this.#keptIn(parts.store),
      clock,
      onError: (error) => (this.fault ??= error),
    });
    this.transport = this.#watched(inner);
    const system = createActorSystem({ clock, onCrash: (report) => this.crashes.push(report) });
    const deps = { transport: this.transport, clock, logger, metrics, record: () => {} };
    const { stt, llm, tts, vad } = parts.providers?.(clock) ?? instantProviders(parts, clock);
    this.#pools = [
      startPool(system, sttStage(stt), { stt: parts.sttSlots ?? 1 }, deps),
      startPool(system, llmStage(llm), { llm: 1 }, deps),
      startPool(system, ttsStage(tts), { tts1: 1, tts: 1 }, deps),
    ];
    this.#sessions = createSessions(
      system,
      {
        ...deps,
        node: "node_test" as NodeId,
        turnEnd: noTurnEnd,
        vad,
        model: { takesImages: false, contextTokens: 32_768 },
        store: {
          putAudio: async (block) => {
            this.kept.set(block.item, (this.kept.get(block.item) ?? 0) + block.pcm.length);
            await parts.store?.putAudio(block);
          },
          deleteAudio: async () => "done",
          deleteItemAudio: async () => "done",
          audio: (...of) => this.#stored(parts.store?.audio(...of) ?? Promise.resolve([])),
        },
        audioRetention: "forever",
      },
      8,
    );
    this.#end = async () => {
      await this.#sessions.stop();
      await system.stop();
      await inner.close();
    };
  }

  /** Runs under way. */
  get busy(): number {
    return this.#pools.reduce((sum, pool) => sum + pool.busy(), 0);
  }

  /** @param check whether the order of events is checked; not when an utterance is given up after it was announced
   *  @param request what the upgrade asks for beyond a plain session */
  open(check: "ordered" | "unordered" = "ordered", request: Partial<OpenRequest> = {}): Client {
    return new Client(this.#sessions, request, (error) => {
      if (check === "ordered") this.fault ??= error;
    });
  }

  logged(client: Client): readonly LogEntry[] {
    return this.#entries.get(client.id) ?? this.#log(client.id).entries;
  }

  async waiting(): Promise<number> {
    const depths = await Promise.all(jobQueues.map((queue) => this.transport.jobs.depth(queue)));
    return depths.reduce((sum, { waiting }) => sum + waiting, 0);
  }

  /** Lets everything happen that needs no time. */
  async settle(turns = 200): Promise<void> {
    for (let turn = 0; turn < turns || this.#storing > 0; turn += 1)
      await new Promise<void>((resolve) => void setImmediate(resolve));
    if (this.fault !== undefined) throw this.fault;
  }

  /** Lets time go on. */
  async run(ms: number, stepMs = 20): Promise<void> {
    await this.settle(20);
    for (let left = ms; left > 0; left -= stepMs) {
      this.clock.advance(Math.min(stepMs, left));
      await this.settle(20);
    }
  }

  async end(): Promise<void> {
    let ended = false;
    const done = this.#end().finally(() => (ended = true));
    while (!ended) {
      await new Promise<void>((resolve) => void setImmediate(resolve));
      this.clock.advance(20);
    }
    await done;
  }

  /** Lets time go on until `done`, at most so long. */
  async until(done: () => boolean, msMax: number, stepMs = 10): Promise<void> {
    await this.settle(20);
    const end = this.clock.monotonic() + msMax;
    while (!done()) {
      if (this.clock.monotonic() >= end) throw new Error(`not done after ${msMax} ms`);
      await this.run(stepMs, stepMs);
    }
  }

  #logStore(): LogStore {
    return {
      appendLog: (tenant, session, record, expected) =>
        this.#log(session).appendLog(tenant, session, record, expected),
      lastLog: (_tenant, session) => this.#log(session).lastLog(),
      readLog: async () => undefined,
      purgeLog: async () => {},
    };
  }

  /** Time does not go on while the store writes: it has a thread of its own, and that has the machine's time. */
  #keptIn(store: Store): LogStore {
    return {
      appendLog: async (tenant, session, record, expected) => {
        const outcome = await this.#stored(store.appendLog(tenant, session, record, expected));
        const { entries } = decodeLogRecord(record);
        const before = this.#entries.get(session) ?? [];
        if (outcome.outcome === "appended") this.#entries.set(session, [...before, ...entries]);
        return outcome;
      },
      lastLog: (tenant, session) => this.#stored(store.lastLog(tenant, session)),
      readLog: (sequence) => this.#stored(store.readLog(sequence)),
      purgeLog: (tenant, session) => this.#stored(store.purgeLog(tenant, session)),
    };
  }

  async #stored<T>(call: Promise<T>): Promise<T> {
    this.#storing += 1;
    return call.finally(() => (this.#storing -= 1));
  }

  #log(session: string): UnreliableLog {
    const log =
      this.#logs.get(session) ??
      new UnreliableLog(this.clock, new Random(1), { ackMsMax: 0, failed: 0, lost: 0 });
    this.#logs.set(session, log);
    return log;
  }

  #watched(inner: Transport): Transport {
    const { jobs } = inner;
    return {
      ...inner,
      jobs: {
        publish: (subject, id, payload) => {
          this.published.push(id);
          return jobs.publish(subject, id, payload);
        },
        consume: (queue) => {
          const consumer = jobs.consume(queue);
          return {
            next: async (signal) => {
              const delivery = await consumer.next(signal);
              if (delivery !== undefined) this.deliveries.set(delivery.id, delivery.count);
              return delivery;
            },
          };
        },
        purge: (subject) => jobs.purge(subject),
        depth: (queue) => jobs.depth(queue),
      },
    };
  }
}

/** A client and its session. */
export class Client {
  readonly events: Received[] = [];
  readonly id: SessionId;
  /** Called with each event as it is sent. */
  onEvent: (event: Received) => void = () => {};
  closeCode: number | undefined;
  /** The client does not keep up, from the next event on. */
  slow = false;
  readonly #handle: SessionHandle;
  readonly #order: OrderChecker;
  #sent = 0;

  constructor(sessions: Sessions, request: Partial<OpenRequest>, fault: (error: unknown) => void) {
    this.#order = orderChecker(request.dialect ?? "ga");
    this.#handle = sessions.open(
      { tenant: defaultTenant, model: "parley", dialect: "ga", kind: "realtime", ...request },
      {
        send: (frame) => {
          const event = JSON.parse(frame) as Received;
          this.events.push(event);
          try {
            this.#order.accept(event);
          } catch (error) {
            fault(error);
          }
          this.onEvent(event);
          return this.slow ? "buffered" : "sent";
        },
        together: (sends) => sends(),
        bufferedBytes: () => 0,
        close: (code) => {
          this.closeCode ??= code;
        },
      },
    );
    this.id = this.#handle.id;
  }

  /** @returns the event's id */
  send(type: string, rest: { readonly [key: string]: unknown } = {}): string {
    const id = `c${this.#sent++}`;
    this.#handle.receive(Buffer.from(JSON.stringify({ type, event_id: id, ...rest })));
    return id;
  }

  /** Settings of the input audio; transcripts are asked for unless it says otherwise. */
  configure(input: { readonly [key: string]: unknown }): void {
    this.send("session.update", {
      session: {
        type: "realtime",
        output_modalities: ["text"],
        audio: { input: { transcription: { model: "any" }, ...input } },
      },
    });
  }

  /** One append. */
  append(ms: number, level: number): void {
    this.send("input_audio_buffer.append", { audio: audioOf(ms, level) });
  }

  /** Appends of 100 ms. */
  speak(ms: number, level: number): void {
    for (let at = 0; at < ms; at += 100) this.append(100, level);
  }

  of(type: string): Received[] {
    return this.events.filter((event) => event.type === type);
  }

  codes(): unknown[] {
    return this.of("error").map((event) => (event["error"] as { code: unknown }).code);
  }

  /** Reads again. */
  drained(): void {
    this.slow = false;
    this.#handle.drained();
  }

  close(): void {
    this.#handle.closed();
  }
}

/** Audio of one level, s16le at 24 kHz in base64. */
export const audioOf = (ms: number, level: number): string =>
  Buffer.from(bytesFromSamples(new Int16Array(ms * 24).fill(level))).toString("base64");

/** Item and words of each transcript, in order. */
export const transcripts = (client: Client): unknown[] =>
  client
    .of("conversation.item.input_audio_transcription.completed")
    .map(({ transcript, item_id: item }) => [item, transcript]);

/** How each answer ended, in order. */
export const outcomes = (client: Client): unknown[] =>
  client.of("response.done").map((event) => (event["response"] as { status: string }).status);

/** Settles when told, or with the signal. */
export class Gate {
  #open = (): void => {};
  readonly #opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });

  open(): void {
    this.#open();
  }

  pass(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      void this.#opened.then(resolve);
      signal.addEventListener("abort", () => reject(signal.reason as Error));
    });
  }
}

export { byLoudness } from "./loudness.ts";
export { levelOf } from "./small-parts.ts";
export type { Parts } from "./small-parts.ts";
