import type { Clock } from "../../lib/clock.ts";
import type { ResponseId, SessionId, TenantId } from "../../lib/ids.ts";
import type { VoiceInteraction } from "../../persistence/store.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import type { Logger } from "../../telemetry/logs.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { startSpan } from "../../telemetry/traces.ts";
import type { StageSpan } from "../../telemetry/traces.ts";
import type { OutboxGroup } from "./outbox.ts";

interface Turn {
  readonly span: StageSpan;
  readonly at: number;
  readonly startedMs: number;
  firstMs: number | undefined;
  firstStage: "first_token" | "first_audio" | undefined;
  characters: number;
}

interface TurnsDeps {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly tenant: TenantId;
  readonly session: SessionId;
  readonly traceparent: string | undefined;
  readonly record: (interaction: VoiceInteraction) => void;
}

/** Times the stages of a session's turns, from the events that the client is sent. */
export class Turns {
  private readonly deps: TurnsDeps;
  private readonly turns = new Map<ResponseId, Turn>();
  /** When an utterance was committed, until its transcript is there. Bounded by the session's pending utterances. */
  private readonly commits = new Map<string, number>();

  constructor(deps: TurnsDeps) {
    this.deps = deps;
  }

  begin(response: ResponseId): void {
    const { clock, traceparent, session } = this.deps;
    this.turns.set(response, {
      span: startSpan("turn", traceparent, { "parley.session": session, "parley.turn": response }),
      at: clock.now(),
      startedMs: clock.monotonic(),
      firstMs: undefined,
      firstStage: undefined,
      characters: 0,
    });
  }

  traceparent(response: ResponseId): string | undefined {
    return this.turns.get(response)?.span.traceparent ?? this.deps.traceparent;
  }

  /** Looks at what is handed to the outbox. */
  pushed({ log, events }: Pick<OutboxGroup, "log" | "events">): void {
    const now = this.deps.clock.monotonic();
    for (const event of events) {
      if (event.type === "input_audio_buffer.committed") this.commits.set(event.item_id, now);
    }
    for (const entry of log) {
      if (entry.type !== "transcript" && entry.type !== "transcript.failed") continue;
      const at = this.commits.get(entry.item);
      this.commits.delete(entry.item);
      if (at !== undefined) this.observe("transcript", now - at);
    }
  }

  /** Looks at an event on its way to the client. */
  saw(event: ServerEvent): void {
    switch (event.type) {
      case "response.output_text.delta":
      case "response.output_audio_transcript.delta":
        this.first(event.response_id as ResponseId, "first_token", event.delta.length);
        return;
      case "response.output_audio.delta":
        this.first(event.response_id as ResponseId, "first_audio", 0);
        return;
      case "error":
        this.deps.metrics.errorsTotal.inc({ code: event.error.code });
        if (event.error.type === "rate_limit_error") this.deps.metrics.rateLimitsTotal.inc();
        return;
      case "response.done":
        this.end(event.response.id as ResponseId, event.response.status);
        return;
      default: // the others mark no stage
    }
  }

  /** The session ends: turns that the client did not see the end of are cancelled. */
  close(): void {
    for (const response of this.turns.keys()) this.end(response, "cancelled");
  }

  private observe(stage: string, ms: number): void {
    this.deps.metrics.turnStage.observe({ stage }, ms / 1_000);
  }

  private first(response: ResponseId, stage: "first_token" | "first_audio", characters: number): void {
    const turn = this.turns.get(response);
    if (turn === undefined) return;
    turn.characters += characters;
    if (turn.firstStage === stage || turn.firstStage === "first_audio") return;
    const ms = this.deps.clock.monotonic() - turn.startedMs;
    turn.firstStage = stage;
    turn.firstMs = ms;
    this.observe(stage, ms);
  }

  private end(response: ResponseId, status: string): void {
    const turn = this.turns.get(response);
    if (turn === undefined) return;
    this.turns.delete(response);
    const durationMs = this.deps.clock.monotonic() - turn.startedMs;
    this.observe("done", durationMs);
    turn.span.set({ "parley.outcome": status });
    turn.span.end(status === "failed" ? new Error(status) : undefined);
    const { tenant, session, logger } = this.deps;
    logger.info(
      { turn: response, status, firstMs: turn.firstMs, durationMs, characters: turn.characters },
      "turn ended",
    );
    this.deps.record({
      id: `${response}:turn`,
      tenant,
      session,
      turn: response,
      stage: "turn",
      provider: "parley",
      run: response,
      outcome: status === "cancelled" ? "cancelled" : status === "failed" ? "failed" : "ok",
      at: turn.at,
      queueMs: 0,
      durationMs,
      ...(turn.firstMs !== undefined && { firstMs: turn.firstMs }),
      inputSize: 0,
      outputSize: turn.characters,
    });
  }
}
