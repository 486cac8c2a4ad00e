import { createActorSystem } from "../../src/actors/runtime/actor.ts";
import type { CrashReport } from "../../src/actors/runtime/actor.ts";
import type { ClientSocket, SessionHandle } from "../../src/actors/session/connection.ts";
import { createSessions } from "../../src/actors/session/host.ts";
import { bytesFromSamples } from "../../src/audio/pcm.ts";
import { defaultTenant } from "../../src/lib/ids.ts";
import type { NodeId } from "../../src/lib/ids.ts";
import { createLogger } from "../../src/telemetry/logs.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { createMemoryTransport } from "../../src/transport/memory/transport.ts";
import { noTurnEnd } from "../../src/providers/unavailable.ts";
import type { VadEngine } from "../../src/providers/vad.ts";
import { FakeClock } from "../contracts/fake-clock.ts";
import { EventOrderChecker } from "./event-order.ts";
import { LoggedFirst } from "./log-before-event.ts";
import type { Received } from "./log-before-event.ts";
import { byLoudness, loudnessVad } from "./loudness.ts";
import { Random } from "./random.ts";
import { UnreliableLog } from "./session-log.ts";
import type { LogFaults } from "./session-log.ts";
import { Workers } from "./session-workers.ts";
import type { Script, WorkerFaults } from "./session-workers.ts";

export interface WorldOptions {
  readonly seed: number;
  readonly scripts: readonly Script[];
  readonly workers: WorkerFaults;
  readonly log: LogFaults;
  /** Chance that the client is slow to read a frame. */
  readonly slow: number;
}

const metrics = createMetrics();
const logger = createLogger({ level: "silent", pii: false });
const stepMs = 20;
/** Turns of the event loop in one step: time goes on before all is handled, as it does on a busy machine. */
const turnsPerStep = 6;

/** One session of the real server in a world of its own time: real actors and transport, with workers, log and client
 *  that misbehave as far as their ports let them. */
export class SessionWorld {
  readonly clock = new FakeClock();
  readonly random: Random;
  readonly log: UnreliableLog;
  readonly workers: Workers;
  readonly events: Received[] = [];
  readonly crashes: CrashReport[] = [];
  /** The first thing that went wrong, as it happened. */
  fault: unknown;
  closed: number | undefined;
  readonly #order = new EventOrderChecker();
  readonly #logged = new LoggedFirst();
  readonly #slow: number;
  readonly #handle: SessionHandle;
  readonly #end: () => Promise<void>;
  #frames = 0;

  constructor(options: WorldOptions) {
    const { clock } = this;
    this.random = new Random(options.seed);
    this.#slow = options.slow;
    this.log = new UnreliableLog(clock, this.random, options.log);
    const transport = createMemoryTransport({
      store: this.log,
      clock,
      onError: (error) => this.#note(error),
    });
    this.workers = new Workers(transport, clock, this.random, options.workers, options.scripts);
    this.workers.start();
    const system = createActorSystem({ clock, onCrash: (report) => this.crashes.push(report) });
    const sessions = createSessions(
      system,
      {
        node: "node_test" as NodeId,
        clock,
        transport,
        store: {
          putAudio: async () => {},
          audio: async () => [],
          deleteAudio: async () => "done",
          deleteItemAudio: async () => "done",
        },
        audioRetention: "forever",
        turnEnd: noTurnEnd,
        vad: loudness(this),
        logger,
        metrics,
        record: () => {},
        model: { takesImages: false, contextTokens: 32_768 },
      },
      1,
    );
    this.#handle = sessions.open(
      { tenant: defaultTenant, model: "parley", dialect: "ga", kind: "realtime" },
      this.#socket(),
    );
    this.#end = async () => {
      this.workers.stop();
      await sessions.stop();
      await system.stop();
      await transport.close();
    };
  }

  /** Sends one event of the client; it has an id of its own, which is returned. */
  send(event: { readonly type: string; readonly [key: string]: unknown }): string {
    const id = `c${this.#frames++}`;
    this.#handle.receive(Buffer.from(JSON.stringify({ event_id: id, ...event })));
    return id;
  }

  /** Speech or silence as the detector of this world takes it, in frames of 100 ms. */
  speak(ms: number, loud: boolean): void {
    for (let at = 0; at < ms; at += 100) {
      const samples = new Int16Array(2_400).fill(loud ? 8_000 : 0);
      const audio = Buffer.from(bytesFromSamples(samples)).toString("base64");
      this.send({ type: "input_audio_buffer.append", audio });
    }
  }

  async run(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      for (let turn = 0; turn < turnsPerStep; turn += 1)
        await new Promise<void>((resolve) => void setImmediate(resolve));
      this.clock.advance(stepMs);
      this.assertSound();
    }
  }

  /** Lets the world go on until `done`, at most so long. */
  async runUntil(done: () => boolean, msMax: number): Promise<void> {
    const end = this.clock.monotonic() + msMax;
    while (!done()) {
      if (this.clock.monotonic() >= end) throw new Error(`not done after ${msMax} ms`);
      await this.run(stepMs);
    }
  }

  assertSound(): void {
    const fault = this.fault ?? this.workers.fault ?? this.crashes[0]?.error;
    if (fault !== undefined) throw fault;
  }

  /** At the end of a quiet conversation. */
  finish(): void {
    this.#order.finish();
  }

  of(type: string): Received[] {
    return this.events.filter((event) => event.type === type);
  }

  /** Ends everything; time goes on while it does. */
  async end(): Promise<void> {
    let ended = false;
    const done = this.#end().finally(() => (ended = true));
    while (!ended) {
      await new Promise<void>((resolve) => void setImmediate(resolve));
      this.clock.advance(stepMs);
    }
    await done;
  }

  #note(error: unknown): void {
    this.fault ??= error;
  }

  #socket(): ClientSocket {
    return {
      send: (frame) => {
        const event = JSON.parse(frame) as Received;
        this.events.push(event);
        try {
          this.#order.accept(event);
          this.#logged.accept(event, this.log.acknowledged);
        } catch (error) {
          this.#note(error);
        }
        if (!this.random.chance(this.#slow)) return "sent";
        this.clock.after(this.random.int(0, 300), () => this.#handle.drained());
        return "buffered";
      },
      together: (sends) => sends(),
      bufferedBytes: () => 0,
      close: (code) => {
        this.closed ??= code;
      },
    };
  }
}

/** A detector that takes what is loud for speech, and takes its time. */
const loudness = (world: Pick<SessionWorld, "clock" | "random">): VadEngine =>
  loudnessVad(async (samples) => {
    await new Promise<void>((resolve) => void world.clock.after(world.random.int(0, 30), resolve));
    return byLoudness(samples);
  });
