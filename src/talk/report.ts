import type { Turn } from "./conversation.ts";

const stages = [
  { name: "commit", title: "commit", at: "commitMs" },
  { name: "transcript", title: "transcript", at: "transcriptMs" },
  { name: "first_token", title: "first token", at: "firstTokenMs" },
  { name: "first_audio", title: "first audio", at: "firstAudioMs" },
  { name: "done", title: "done", at: "doneMs" },
] as const;

export type Stage = (typeof stages)[number]["name"];

/** Milliseconds from the end of speech, in the order of `stages`; undefined where a turn did not get that far. */
function latencies(turn: Turn): readonly (number | undefined)[] {
  const from = turn.endOfSpeechMs;
  return stages.map(({ at }) => {
    const atMs = turn[at];
    return from === undefined || atMs === undefined ? undefined : atMs - from;
  });
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

function medians(turns: readonly Turn[]): readonly (number | undefined)[] {
  const rows = turns.map(latencies);
  return stages.map((_, i) => median(rows.flatMap((row) => row[i] ?? [])));
}

/** The median over the turns for each stage, whole ms from the end of speech; null where no turn got that far. */
export function medianLatencies(turns: readonly Turn[]): Readonly<Record<Stage, number | null>> {
  const values = medians(turns).map((ms) => (ms === undefined ? null : Math.round(ms)));
  return Object.fromEntries(stages.map(({ name }, i) => [name, values[i]])) as Record<Stage, number | null>;
}

/** One row per turn and one of the medians, as lines of text. */
export function latencyTable(turns: readonly Turn[]): string {
  const row = (name: string, cells: readonly string[]) =>
    name.padEnd(5) + cells.map((cell, i) => cell.padStart(stages[i]!.title.length + 3)).join("");
  const numbers = (name: string, values: readonly (number | undefined)[]) =>
    row(
      name,
      values.map((ms) => (ms === undefined ? "–" : String(Math.round(ms)))),
    );
  return [
    "ms from the end of speech",
    row(
      "turn",
      stages.map(({ title }) => title),
    ),
    ...turns.map((turn, i) => numbers(String(i + 1), latencies(turn))),
    numbers("p50", medians(turns)),
  ].join("\n");
}
