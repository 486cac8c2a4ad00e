import { join } from "node:path";
import { startAudioSweep } from "./actors/audio-sweep.ts";
import { createInteractionLog } from "./actors/interaction-log.ts";
import { createActorSystem } from "./actors/runtime/actor.ts";
import type { CrashReport } from "./actors/runtime/actor.ts";
import { createSessions } from "./actors/session/host.ts";
import { startPool } from "./actors/workers/pool.ts";
import { llmStage, sttStage, ttsStage } from "./actors/workers/stage.ts";
import type { Config } from "./config.ts";
import { loadOrCreateApiKey } from "./gateway/api-key.ts";
import { createGateway } from "./gateway/gateway.ts";
import { systemClock } from "./lib/clock.ts";
import type { Clock } from "./lib/clock.ts";
import { errorCode } from "./lib/errors.ts";
import { newNodeId } from "./lib/ids.ts";
import { openLibsqlStore } from "./persistence/libsql/store.ts";
import type { Store } from "./persistence/store.ts";
import { createProviders } from "./main-providers.ts";
import { createLogger } from "./telemetry/logs.ts";
import type { Logger } from "./telemetry/logs.ts";
import { createMetrics } from "./telemetry/metrics.ts";
import type { Metrics } from "./telemetry/metrics.ts";
import { startTracing } from "./telemetry/traces.ts";
import { measuredTurnEnd } from "./telemetry/turn-end-metrics.ts";
import { createMemoryTransport } from "./transport/memory/transport.ts";
import { jobQueues } from "./transport/transport.ts";
import type { Transport } from "./transport/transport.ts";

export interface Server {
  readonly port: number;
  /** Base of the WebSocket address. */
  readonly url: string;
  readonly apiKey: string;
  /** The key was made by this start, so nobody knows it yet. */
  readonly apiKeyIsNew: boolean;
  /** What does not work on this machine, in words. */
  readonly limits: readonly string[];
  /** Not ready from here on; turns in progress finish (bounded), then everything is closed. Idempotent. */
  close(): Promise<void>;
}

/** How often queue depths are looked at, ms. */
const depthEveryMs = 1_000;

/** Builds the whole program for one machine and starts it.
 *  @param modelsReady whether the model files that the configuration needs are on this machine
 *  @throws {ParleyError} with the reason in words when a part cannot start */
export async function startServer(config: Config, modelsReady: boolean): Promise<Server> {
  const logger = createLogger({ level: config.logLevel, pii: config.logPii });
  const closers: Closer[] = [];
  const close = once(async () => {
    for (const closer of closers.toReversed()) {
      // one part that fails to close must not keep the others open
      await Promise.resolve(closer()).catch((error: unknown) =>
        logger.warn({ code: errorCode(error) }, "close failed"),
      );
    }
  });
  try {
    return {
      ...(await startParts(config, modelsReady, logger, (closer) => void closers.push(closer))),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Closer = () => Promise<unknown> | void;

/** Starts the parts in the order in which they need each other; `onClose` collects how each is closed. */
async function startParts(
  config: Config,
  modelsReady: boolean,
  logger: Logger,
  onClose: (closer: Closer) => void,
): Promise<Omit<Server, "close">> {
  const clock = systemClock;
  const metrics = createMetrics();
  onClose(await startTracing({ exporter: config.tracesExporter }));
  const { key, created } = await loadOrCreateApiKey(config.dataDir, config.apiKey);
  const store = await openLibsqlStore({ path: join(config.dataDir, "parley.db") });
  onClose(() => store.close());
  onClose(sweepAudio(store, config, clock, logger));
  const transport = createMemoryTransport({
    store,
    clock,
    onError: (error, subject) =>
      logger.error({ code: errorCode(error), subject: subject.split(".")[1] }, "handler failed"),
  });
  onClose(() => transport.close());
  const onVadBatch = (size: number): void => metrics.vadBatchSize.observe(size);
  const providers = await createProviders(config, modelsReady, { clock, logger, onVadBatch });
  onClose(() => providers.close());
  const interactions = createInteractionLog(store, clock, logger);
  onClose(() => interactions.close());
  const system = createActorSystem({ clock, onCrash: crashReporter(metrics, logger) });
  onClose(() => system.stop());
  const { record } = interactions;
  const pools = { transport, clock, logger, metrics, record };
  startPool(system, sttStage(providers.stt), { stt: config.sttSlots }, pools);
  startPool(system, llmStage(providers.llm), { llm: config.llmSlots }, pools);
  startPool(system, ttsStage(providers.tts), { tts: config.ttsSlots, tts1: config.ttsFirstSlots }, pools);
  onClose(watchDepth(transport, metrics, clock));

  const model = { takesImages: providers.llm.takesImages, contextTokens: config.llmContextTokens };
  const { vad } = providers;
  const turnEnd = measuredTurnEnd(providers.turnEnd, { clock, logger, metrics });
  const { audioRetention } = config;
  const parts = { clock, transport, store, vad, turnEnd, model, logger, metrics, record };
  const deps = { node: newNodeId(), audioRetention, ...parts };
  const sessions = createSessions(system, deps, config.maxSessions);
  let leaving = false;
  const { host, tls, origins, maxSessions } = config;
  const gateway = await createGateway({
    host,
    port: config.port,
    ...(tls !== undefined && { tls }),
    ...(origins !== undefined && { origins }),
    apiKey: key,
    maxSessions,
    sessions,
    store,
    metrics,
    logger,
    clock,
    readiness: () => (leaving ? ["the server is leaving"] : []),
  });
  onClose(() => gateway.close());
  onClose(() => sessions.stop());
  onClose(() => void (leaving = true));
  const url = `${tls === undefined ? "ws" : "wss"}://${host}:${gateway.port}/v1/realtime`;
  const names = { stt: providers.stt.name, llm: providers.llm.name, tts: providers.tts.name };
  logger.info({ port: gateway.port, ...names }, "serving");
  return { port: gateway.port, url, apiKey: key, apiKeyIsNew: created, limits: providers.limits };
}

function sweepAudio(store: Store, { audioRetention }: Config, clock: Clock, logger: Logger): Closer {
  const onError = (error: unknown): void =>
    logger.warn({ code: errorCode(error) }, "old audio is not deleted");
  const sweep = startAudioSweep({ store, retention: audioRetention, clock, onError });
  return () => sweep.close();
}

function crashReporter(metrics: Metrics, logger: Logger): (report: CrashReport) => void {
  return ({ actor, during, error, outcome }) => {
    metrics.errorsTotal.inc({ code: errorCode(error) });
    logger.error({ actor, during, outcome, code: errorCode(error), stack: stackOf(error) }, "actor crashed");
  };
}

/** The stack names our own frames; the message may be another program's words. */
const stackOf = (error: unknown): string | undefined =>
  error instanceof Error ? error.stack?.split("\n").slice(1, 6).join("\n") : undefined;

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
}

function watchDepth(transport: Transport, metrics: Metrics, clock: Clock): () => void {
  let cancel = (): void => {};
  let stopped = false;
  const look = async (): Promise<void> => {
    for (const queue of jobQueues) {
      const depth = await transport.jobs.depth(queue).catch(() => undefined);
      if (depth !== undefined) metrics.queueDepth.set({ queue }, depth.waiting);
    }
    if (!stopped) cancel = clock.after(depthEveryMs, () => void look());
  };
  void look();
  return () => {
    stopped = true;
    cancel();
  };
}
