import { expect, it } from "vitest";
import { systemClock } from "../lib/clock.ts";
import { ParleyError } from "../lib/errors.ts";
import { createLogger } from "./logs.ts";
import { createMetrics } from "./metrics.ts";
import { measuredTurnEnd } from "./turn-end-metrics.ts";

it("[SEM-3] counts what became of each question, and logs once that the model fails and once that it is back", async () => {
  const lines: { level: string; code?: string }[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as { level: string });
  const logger = createLogger({ level: "info", pii: false, to: { write } });
  const metrics = createMetrics();
  const fail = new ParleyError("ERR_PROVIDER", "broken");
  const dropped = new ParleyError("ERR_ABORTED", "not asked for any more");
  const answers = [0.9, 0.1, undefined, dropped, fail, fail, 0.7];
  const engine = measuredTurnEnd(
    {
      name: "scripted",
      judge: async () => {
        const answer = answers.shift();
        if (answer instanceof Error) throw answer;
        return answer;
      },
      close: async () => {},
    },
    { clock: systemClock, logger, metrics },
  );
  const ask = (): Promise<number | undefined> =>
    engine.judge(new Int16Array(0), new AbortController().signal);

  for (const expected of [0.9, 0.1, undefined]) expect(await ask()).toBe(expected);
  for (const error of [dropped, fail, fail]) await expect(ask()).rejects.toBe(error);
  expect(lines).toMatchObject([{ level: "warn", code: "ERR_PROVIDER" }]);
  expect(await ask()).toBe(0.7);
  expect(lines.slice(1)).toMatchObject([{ level: "info" }]);

  const { text } = await metrics.render();
  for (const [outcome, count] of Object.entries({ finished: 2, unfinished: 1, unknown: 1, failed: 2 }))
    expect(text).toContain(`turn_ends_total{outcome="${outcome}"} ${count}`);
  expect(text).toContain("turn_end_judgement_count 3");
});
