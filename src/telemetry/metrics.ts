import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** Upper bounds, seconds, of what a person waits for: from a cache hit to a minute-long answer. */
const stageBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Upper bounds, seconds, of the handling of one frame: an append takes about 10 µs. */
const messageBuckets = [
  0.000_01, 0.000_025, 0.000_05, 0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.01, 0.05, 0.25,
];
const batchBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** Everything the process counts and measures. Times are seconds. */
export interface Metrics {
  readonly websocketMessageProcessing: Histogram;
  readonly sttTranscription: Histogram;
  readonly ttsSynthesis: Histogram;
  readonly llmGeneration: Histogram;
  readonly turnStage: Histogram<"stage">;
  readonly vadBatchSize: Histogram;
  /** Seconds until it is known whether a speaker has finished. */
  readonly turnEndJudgement: Histogram;
  /** `finished`, `unfinished`; `unknown` when too many asked at once; `failed`. */
  readonly turnEndsTotal: Counter<"outcome">;
  readonly activeConnections: Gauge;
  readonly queueDepth: Gauge<"queue">;
  /** Busy slots of a stage, 0–1. */
  readonly workerUtilization: Gauge<"stage">;
  readonly requestsTotal: Counter<"route" | "method" | "status">;
  readonly errorsTotal: Counter<"code">;
  readonly rateLimitsTotal: Counter;
  /** All of it in the Prometheus text format, and its content type. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Makes the metrics in a registry of their own, so that two servers in one process do not mix. */
export function createMetrics(): Metrics {
  const registers = [new Registry()];
  const histogram = <L extends string = never>(
    name: string,
    help: string,
    buckets = stageBuckets,
    label?: L,
  ) => new Histogram<L>({ name, help, buckets, registers, labelNames: label === undefined ? [] : [label] });
  const gauge = <L extends string = never>(name: string, help: string, label?: L) =>
    new Gauge<L>({ name, help, registers, labelNames: label === undefined ? [] : [label] });
  const counter = <L extends string = never>(name: string, help: string, labelNames: L[] = []) =>
    new Counter<L>({ name, help, registers, labelNames });
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry });
  return {
    websocketMessageProcessing: histogram(
      "websocket_message_processing",
      "Seconds to take one frame of a client; one in 64 is timed",
      messageBuckets,
    ),
    sttTranscription: histogram("stt_transcription", "Seconds to recognise one utterance"),
    ttsSynthesis: histogram("tts_synthesis", "Seconds to synthesise one segment"),
    llmGeneration: histogram("llm_generation", "Seconds to generate one answer"),
    turnStage: histogram("turn_stage", "Seconds of one stage of a turn", stageBuckets, "stage"),
    vadBatchSize: histogram("vad_batch_size", "Sessions in one run of the speech detector", batchBuckets),
    turnEndJudgement: histogram("turn_end_judgement", "Seconds to judge whether a speaker has finished"),
    turnEndsTotal: counter("turn_ends_total", "Pauses judged by the end-of-turn model, by outcome", [
      "outcome",
    ]),
    activeConnections: gauge("active_connections", "Open WebSocket connections"),
    queueDepth: gauge("queue_depth", "Jobs that wait for a worker", "queue"),
    workerUtilization: gauge("worker_utilization", "Busy slots of a stage, 0 to 1", "stage"),
    requestsTotal: counter("requests_total", "Requests answered", ["route", "method", "status"]),
    errorsTotal: counter("errors_total", "Errors, by code", ["code"]),
    rateLimitsTotal: counter("rate_limits_total", "Requests refused by a rate limit"),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
