import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { trace } from "@opentelemetry/api";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ParleyError } from "../lib/errors.ts";
import { startSpan, startTracing } from "./traces.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";

function record(): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
  return exporter;
}

afterEach(() => {
  trace.disable();
  vi.unstubAllEnvs();
});

describe("traces", () => {
  it("links spans across actors by traceparent alone", () => {
    const exporter = record();
    const turn = startSpan("turn", `00-${traceId}-b7ad6b7169203331-01`, { session: "sess_1" });
    const stage = startSpan("stt", turn.traceparent);
    stage.end();
    turn.end(new ParleyError("ERR_TIMEOUT", "no answer"));
    turn.end();
    const [stt, whole, ...more] = exporter.getFinishedSpans();
    expect(more).toEqual([]);
    expect(whole?.parentSpanContext?.spanId).toBe("b7ad6b7169203331");
    expect(stt?.parentSpanContext?.spanId).toBe(whole?.spanContext().spanId);
    expect(stt?.spanContext().traceId).toBe(traceId);
    expect(whole?.status).toEqual({ code: 2, message: "ERR_TIMEOUT" });
    expect(whole?.attributes).toEqual({ session: "sess_1" });
  });

  it("honours a caller that does not sample", () => {
    const exporter = record();
    const span = startSpan("turn", `00-${traceId}-b7ad6b7169203331-00`);
    span.end();
    expect(span.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it.each(["", "nonsense", `ff-${traceId}-b7ad6b7169203331-01`, `00-${"0".repeat(32)}-b7ad6b7169203331-01`])(
    "starts a trace of its own on a malformed traceparent %j",
    (traceparent) => {
      const exporter = record();
      startSpan("turn", traceparent).end();
      expect(exporter.getFinishedSpans()[0]?.parentSpanContext).toBeUndefined();
    },
  );

  it("has no traceparent to hand on when nothing is traced", async () => {
    const stop = await startTracing({ exporter: "none" });
    const span = startSpan("turn");
    span.set({ size: 1 });
    span.end(new Error("no matter"));
    expect(span.traceparent).toBeUndefined();
    await stop();
  });

  it("sends spans to the OTLP endpoint that the environment names, as the service that it names", async () => {
    const bodies: string[] = [];
    const collector: Server = createServer((request, response) => {
      request.setEncoding("utf8").on("data", (part: string) => bodies.push(part));
      request.on("end", () => response.end("{}"));
    });
    await new Promise<void>((done) => void collector.listen(0, "127.0.0.1", done));
    const { port } = collector.address() as AddressInfo;
    vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", `http://127.0.0.1:${port}`);
    vi.stubEnv("OTEL_SERVICE_NAME", "parley-test");
    const stop = await startTracing({ exporter: "otlp" });
    startSpan("turn").end();
    await stop();
    collector.closeAllConnections();
    collector.close();
    expect(bodies.join("")).toContain('"turn"');
    expect(bodies.join("")).toContain("parley-test");
  });

  it("stops although the collector is away", async () => {
    vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
    vi.stubEnv("OTEL_EXPORTER_OTLP_TIMEOUT", "200");
    const stop = await startTracing({ exporter: "otlp" });
    startSpan("turn").end();
    await expect(stop()).resolves.toBeUndefined();
  });
});
