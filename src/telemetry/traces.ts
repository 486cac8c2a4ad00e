import {
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
} from "@opentelemetry/api";
import type { Attributes, Context } from "@opentelemetry/api";
import type { SpanExporter } from "@opentelemetry/sdk-trace-node";
import { errorCode } from "../lib/errors.ts";

export interface TracingOptions {
  readonly exporter: "otlp" | "console" | "none";
}

/** Starts the export of spans for the whole process. With `none` nothing is loaded, and spans cost next to nothing.
 *  The SDK reads its own OTEL_ variables: endpoint, headers, sampling, limits, service name and resource.
 *  @returns sends what is left and stops; settles within the SDK's export timeout, never rejects */
export async function startTracing({ exporter }: TracingOptions): Promise<() => Promise<void>> {
  if (exporter === "none") return () => Promise.resolve();
  const [{ BatchSpanProcessor, ConsoleSpanExporter, NodeTracerProvider }, resources] = await Promise.all([
    import("@opentelemetry/sdk-trace-node"),
    import("@opentelemetry/resources"),
  ]);
  const target: SpanExporter =
    exporter === "console"
      ? new ConsoleSpanExporter()
      : new (await import("@opentelemetry/exporter-trace-otlp-http")).OTLPTraceExporter();
  const resource = resources
    .defaultResource()
    .merge(resources.resourceFromAttributes({ "service.name": "parley" }))
    .merge(resources.detectResources({ detectors: [resources.envDetector] }));
  const provider = new NodeTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(target)] });
  provider.register();
  return async () => {
    await provider.shutdown().catch(() => undefined); // a collector that is away must not stop the process from ending
    trace.disable();
    context.disable();
  };
}

/** One stage of a turn, while it runs. */
export interface StageSpan {
  /** W3C `traceparent` of this span, for wire messages and children; absent when nothing is traced. */
  readonly traceparent?: string;
  /** Attributes hold ids and sizes, never what was said. */
  set(attributes: Attributes): void;
  /** Idempotent. An error marks the span failed, by its code: messages may be another program's words. */
  end(error?: unknown): void;
}

/** Begins a span under the one that `traceparent` names; without one, or with a malformed one, a trace of its own.
 *  The parent is explicit since a turn crosses actors and workers, where no ambient context follows it. */
export function startSpan(name: string, traceparent?: string, attributes: Attributes = {}): StageSpan {
  const span = trace.getTracer("parley").startSpan(name, { attributes }, contextOf(traceparent));
  const { traceId, spanId, traceFlags } = span.spanContext();
  const flags = traceFlags & TraceFlags.SAMPLED;
  return {
    ...(isSpanContextValid(span.spanContext()) && { traceparent: `00-${traceId}-${spanId}-0${flags}` }),
    set: (more) => void span.setAttributes(more),
    end: (error) => {
      if (!span.isRecording()) return;
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: errorCode(error) });
      span.end();
    },
  };
}

/** https://www.w3.org/TR/trace-context/#traceparent-header; later versions may append fields. */
const traceparentPattern = /^(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;

function contextOf(traceparent = ""): Context {
  const [, version, traceId = "", spanId = "", flags = "", rest] = traceparentPattern.exec(traceparent) ?? [];
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  if (!isSpanContextValid(parent) || (version === "00" && rest !== undefined)) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, parent);
}
