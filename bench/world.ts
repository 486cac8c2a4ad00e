import { setTimeout as wait } from "node:timers/promises";
import { Pacer, pacerLateMsMax } from "./pacer.ts";
import { startProbe } from "./probe.ts";
import type { Probe, ProbeFigures } from "./probe.ts";
import type { Figure } from "./report.ts";
import { startServerProcess } from "./server-process.ts";
import type { ServerProcess } from "./server-process.ts";
import { Tally } from "./session.ts";

export interface WorldOptions {
  readonly pinned: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly profileDir?: string;
}

/** A server under test, the probe beside it, and what drives and counts the clients. */
export interface World {
  readonly server: ServerProcess;
  readonly probe: Probe;
  readonly pacer: Pacer;
  readonly tally: Tally;
}

/** Builds a world, works in it, and takes it down whatever happens. */
export async function inWorld<T>(options: WorldOptions, work: (world: World) => Promise<T>): Promise<T> {
  const server = await startServerProcess(options);
  try {
    const probe = await startProbe(options.pinned);
    const pacer = new Pacer();
    try {
      return await work({ server, probe, pacer, tally: new Tally() });
    } finally {
      pacer.stop();
      await probe.end();
    }
  } finally {
    await server.end();
  }
}

export interface ServerUse {
  /** Of one core, all threads together. */
  readonly cpuPercent: number | undefined;
  readonly mainThreadPercent: number | undefined;
  /** What this process, the generator, used meanwhile. */
  readonly generatorPercent: number;
  readonly peakMb: number | undefined;
}

/** Watches what the server uses while `work` runs. */
export async function whileMeasured(server: ServerProcess, work: () => Promise<void>): Promise<ServerUse> {
  let peakMb = server.residentMb();
  const sampling = setInterval(() => {
    const now = server.residentMb();
    if (now !== undefined) peakMb = Math.max(peakMb ?? 0, now);
  }, 1_000);
  const begun = performance.now();
  const own = process.cpuUsage();
  const before = [server.cpuSeconds(), server.mainThreadSeconds()] as const;
  try {
    await work();
  } finally {
    clearInterval(sampling);
  }
  const after = [server.cpuSeconds(), server.mainThreadSeconds()] as const;
  const seconds = (performance.now() - begun) / 1_000;
  const percent = (which: 0 | 1): number | undefined => {
    const used = difference(after[which], before[which]);
    return used === undefined ? undefined : (used / seconds) * 100;
  };
  const { user, system } = process.cpuUsage(own); // µs
  const generatorPercent = ((user + system) / 1e6 / seconds) * 100;
  return { cpuPercent: percent(0), mainThreadPercent: percent(1), generatorPercent, peakMb };
}

/** Waits until `done` holds or the time is over. @returns whether it holds */
export async function until(done: () => boolean, msMax: number): Promise<boolean> {
  const deadline = performance.now() + msMax;
  while (!done() && performance.now() < deadline) await wait(20);
  return done();
}

/** Figures that say how far the others can be trusted, and a note where they cannot. */
export function trust(
  pacer: Pacer,
  probe: ProbeFigures,
): { readonly figures: readonly Figure[]; readonly notes: readonly string[] } {
  const late = pacer.takeLateness();
  const lateP99 = late.percentile(99);
  const figures = [
    { name: "probe round trip p50", value: probe.p50, unit: "ms" },
    { name: "probe round trip p99", value: probe.p99, unit: "ms" },
    { name: "probe round trip max", value: probe.max, unit: "ms" },
    { name: "generator late p50", value: late.percentile(50), unit: "ms" },
    { name: "generator late p99", value: lateP99, unit: "ms" },
    { name: "generator late max", value: late.max, unit: "ms" },
  ];
  const notes =
    lateP99 !== undefined && lateP99 > pacerLateMsMax
      ? [
          `the generator itself was late (p99 ${lateP99.toFixed(1)} ms, more than ${pacerLateMsMax}): ` +
            "latencies above may be its own",
        ]
      : [];
  return { figures, notes };
}

export const difference = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a - b;

const objectOf = <K extends string | number>(counts: ReadonlyMap<K, number>): Record<string, number> =>
  Object.fromEntries([...counts].toSorted((a, b) => b[1] - a[1]));

export const commonFigures = (tally: Tally, use: ServerUse): readonly Figure[] => [
  { name: "error events", value: tally.errorsTotal, unit: "" },
  { name: "connections lost", value: tally.closesTotal, unit: "" },
  { name: "frames sent", value: tally.framesSent, unit: "" },
  { name: "events received", value: tally.eventsTotal, unit: "" },
  { name: "server CPU", value: use.cpuPercent, unit: "% of a core" },
  { name: "server CPU, event loop alone", value: use.mainThreadPercent, unit: "% of a core" },
  { name: "server RSS, most", value: use.peakMb, unit: "MB" },
  { name: "generator CPU", value: use.generatorPercent, unit: "% of a core" },
];

export const detailsOf = (tally: Tally): Readonly<Record<string, unknown>> => ({
  events: objectOf(tally.events),
  errors: objectOf(tally.errors),
  closes: objectOf(tally.closes),
});
