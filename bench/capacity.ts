import type { Figure, RunResult } from "./report.ts";
import { benchTurn } from "./turn.ts";
import type { TurnSettings } from "./turn.ts";

export interface CapacitySettings extends Omit<TurnSettings, "sessions"> {
  readonly from: number;
  readonly step: number;
  readonly to: number;
}

/** More and more talking sessions, each step with a new server, until a turn is late or lost. */
export async function benchCapacity(settings: CapacitySettings): Promise<RunResult> {
  const { from, step, to } = settings;
  const figures: Figure[] = [];
  const notes: string[] = [];
  const details: Record<string, unknown> = {};
  let carried: number | undefined;
  for (let sessions = from; sessions <= to; sessions += step) {
    const result = await benchTurn({ ...settings, sessions });
    const valueOf = (name: string): number | undefined =>
      result.figures.find((figure) => figure.name === name)?.value;
    for (const name of [
      "turns",
      "turns late",
      "turns lost",
      "added latency p50",
      "added latency p99",
      "server CPU",
    ]) {
      const unit = result.figures.find((figure) => figure.name === name)?.unit ?? "";
      figures.push({ name: `${sessions} sessions: ${name}`, value: valueOf(name), unit });
    }
    notes.push(...result.notes.map((note) => `${sessions} sessions: ${note}`));
    details[`${sessions} sessions`] = result;
    process.stderr.write(`bench capacity: ${sessions} sessions are measured\n`);
    if (valueOf("turns late") !== 0 || valueOf("turns lost") !== 0) break;
    carried = sessions;
  }
  return {
    figures: [{ name: "most sessions without a late or lost turn", value: carried, unit: "" }, ...figures],
    notes,
    details,
  };
}
