import { writeFile } from "node:fs/promises";
import type { Machine } from "./machine.ts";
import { median } from "./percentiles.ts";

/** One measured number; undefined: it could not be measured. */
export interface Figure {
  readonly name: string;
  readonly value: number | undefined;
  readonly unit: string;
}

/** What one run of a bench found. */
export interface RunResult {
  readonly figures: readonly Figure[];
  /** What a reader of the figures must know, in words. */
  readonly notes: readonly string[];
  /** More than fits a table: events by type, errors by code. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface TimedRun extends RunResult {
  readonly loadBefore: readonly number[];
  readonly loadAfter: readonly number[];
}

export interface Report {
  readonly bench: string;
  readonly at: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly machine: Machine;
  /** The median of each figure over the runs. */
  readonly medians: readonly Figure[];
  readonly runs: readonly TimedRun[];
}

/** Each figure of the first run, with the median of its values in all runs. */
export function mediansOf(runs: readonly RunResult[]): readonly Figure[] {
  return (runs[0]?.figures ?? []).map((figure) => {
    const values = runs.flatMap(
      ({ figures }) => figures.find(({ name }) => name === figure.name)?.value ?? [],
    );
    return { ...figure, value: median(values) };
  });
}

const shown = (value: number | undefined): string => {
  if (value === undefined) return "–";
  return Number.isInteger(value) ? `${value}` : value.toFixed(Math.abs(value) < 1 ? 3 : 2);
};

const loads = (load: readonly number[]): string => load.map((value) => value.toFixed(2)).join(" ");

/** The report as a person reads it. */
export function renderReport({ bench, settings, machine, medians, runs }: Report): string {
  const given = Object.entries(settings).map(([name, value]) => `${name} ${String(value)}`);
  const pinned =
    machine.pinned === true ? "server on core 0, generator on core 1" : `NOT PINNED: ${machine.pinned}`;
  const many = runs.length > 1;
  const rows = medians.map(({ name, value, unit }) => [
    name,
    shown(value),
    unit,
    ...(many
      ? [runs.map((run) => shown(run.figures.find((each) => each.name === name)?.value)).join(" · ")]
      : []),
  ]);
  const head = ["", many ? "median" : "value", "unit", ...(many ? ["runs"] : [])];
  const lines = [
    `bench ${bench}: ${given.join(", ")}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.system}, node ${machine.node}; ${pinned}`,
    ...runs.map((run) => `load average before ${loads(run.loadBefore)}, after ${loads(run.loadAfter)}`),
    "",
    ...table([head, ...rows]),
  ];
  const notes = new Set(runs.flatMap((run) => run.notes));
  return [...lines, ...(notes.size > 0 ? [""] : []), ...[...notes].map((note) => `note: ${note}`)].join("\n");
}

/** Columns as wide as their widest cell; numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 1 ? cell.padStart(width(column)) : cell.padEnd(width(column))))
      .join("  ")
      .trimEnd(),
  );
}

export async function writeReport(report: Report, file: string): Promise<void> {
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
}
