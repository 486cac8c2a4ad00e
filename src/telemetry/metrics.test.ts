import { describe, expect, it } from "vitest";
import { createMetrics } from "./metrics.ts";

describe("metrics", () => {
  it("renders what was observed under the names that dashboards rely on", async () => {
    const metrics = createMetrics();
    metrics.turnStage.observe({ stage: "commit" }, 0.02);
    metrics.requestsTotal.inc({ route: "/health", method: "GET", status: "200" });
    metrics.queueDepth.set({ queue: "stt" }, 3);
    metrics.vadBatchSize.observe(7);
    const { text, contentType } = await metrics.render();
    expect(contentType).toContain("text/plain");
    expect(text).toContain('turn_stage_bucket{le="0.025",stage="commit"} 1');
    expect(text).toContain('requests_total{route="/health",method="GET",status="200"} 1');
    expect(text).toContain('queue_depth{queue="stt"} 3');
    expect(text).toContain('vad_batch_size_bucket{le="4"} 0');
    expect(text).toContain('vad_batch_size_bucket{le="8"} 1');
    expect(text).toContain("process_resident_memory_bytes");
    for (const name of [
      ["histogram", "websocket_message_processing", "stt_transcription", "tts_synthesis", "llm_generation"],
      ["gauge", "active_connections", "worker_utilization"],
      ["counter", "errors_total", "rate_limits_total"],
    ].flatMap(([type = "", ...names]) => names.map((n) => `# TYPE ${n} ${type}`))) {
      expect(text).toContain(name);
    }
  });

  it("keeps two servers of one process apart", async () => {
    const [a, b] = [createMetrics(), createMetrics()];
    a.activeConnections.inc();
    expect((await b.render()).text).toContain("active_connections 0");
  });
});
