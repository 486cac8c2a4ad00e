import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { availableParallelism, cpus, homedir, loadavg, platform, release, tmpdir } from "node:os";
import { join } from "node:path";

/** Where the programs of a run belong. */
export const serverCore = 0;
export const generatorCore = 1;

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly system: string;
  readonly node: string;
  /** Whether server and generator each have a core of their own; else why not. */
  readonly pinned: true | string;
}

export function describeMachine(wantsPinning: boolean): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    system: `${platform()} ${release()}`,
    node: process.version,
    pinned: wantsPinning ? pinning() : "not asked for",
  };
}

function pinning(): true | string {
  if (availableParallelism() < 2) return "this machine has one core";
  if (spawnSync("taskset", ["--version"]).status !== 0) return "taskset is not installed";
  return true;
}

/** Moves this process, with the threads it has, to one core. */
export function pinSelf(core: number): void {
  spawnSync("taskset", ["-a", "-c", "-p", `${core}`, `${process.pid}`]);
}

/** Processes that are running or waiting to run, over one, five and fifteen minutes. */
export const machineLoad = (): readonly number[] => loadavg().map((load) => Math.round(load * 100) / 100);

export const canReadProcesses = existsSync("/proc/self/schedstat") && existsSync("/proc/self/status");

const tmpfsMagic = 0x01021994;

/** A folder on a disk: a synced write to one that is memory costs nothing, and says nothing. */
export async function folderOnDisk(): Promise<{ readonly folder: string; readonly disk: boolean }> {
  for (const folder of [tmpdir(), join(homedir(), ".cache")]) {
    const kind = await statfs(folder).catch(() => undefined);
    if (kind !== undefined && kind.type !== tmpfsMagic) return { folder, disk: true };
  }
  return { folder: tmpdir(), disk: false };
}
