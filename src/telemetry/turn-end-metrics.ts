import type { Clock } from "../lib/clock.ts";
import { errorCode } from "../lib/errors.ts";
import type { TurnEndEngine } from "../providers/turn-end.ts";
import type { Logger } from "./logs.ts";
import type { Metrics } from "./metrics.ts";

/** Counts and times the answers of an end-of-turn model, and logs when it begins to fail and when it is back. */
export function measuredTurnEnd(
  engine: TurnEndEngine,
  { clock, logger, metrics }: { readonly clock: Clock; readonly logger: Logger; readonly metrics: Metrics },
): TurnEndEngine {
  let isFailing = false;
  const failed = (error: unknown): void => {
    const code = errorCode(error);
    if (code === "ERR_ABORTED" || code === "ERR_CLOSED") return;
    metrics.turnEndsTotal.inc({ outcome: "failed" });
    if (!isFailing) logger.warn({ code }, "no end-of-turn model: silence decides");
    isFailing = true;
  };
  const answered = (probability: number | undefined, startMs: number): void => {
    if (isFailing) logger.info("the end-of-turn model is back");
    isFailing = false;
    if (probability === undefined) return metrics.turnEndsTotal.inc({ outcome: "unknown" });
    metrics.turnEndsTotal.inc({ outcome: probability < 0.5 ? "unfinished" : "finished" });
    metrics.turnEndJudgement.observe((clock.monotonic() - startMs) / 1_000);
  };
  return {
    name: engine.name,
    async judge(samples, signal) {
      const startMs = clock.monotonic();
      try {
        const probability = await engine.judge(samples, signal);
        answered(probability, startMs);
        return probability;
      } catch (error) {
        failed(error);
        throw error;
      }
    },
    close: () => engine.close(),
  };
}
