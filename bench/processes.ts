import { spawn } from "node:child_process";
import type { ChildProcess, StdioOptions } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { canReadProcesses } from "./machine.ts";

export const projectDir = fileURLToPath(new URL("..", import.meta.url));

/** How long a process may take until it says that it is ready, ms; the machine may be busy. */
const readyMsMax = 60_000;
/** How long one may take to leave, ms; then it is ended. */
const leaveMsMax = 30_000;

export interface SpawnOptions {
  /** Core to stay on; undefined: any. */
  readonly core: number | undefined;
  readonly stdio: StdioOptions;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Those that run now: none outlives the bench, however that ends. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts node in a process of its own. `taskset` becomes node, so a signal reaches node itself. */
export function spawnNode(args: readonly string[], { core, stdio, env }: SpawnOptions): ChildProcess {
  const options = { cwd: projectDir, stdio, env: { ...process.env, ...env } };
  const child =
    core === undefined
      ? spawn(process.execPath, args, options)
      : spawn("taskset", ["-c", `${core}`, process.execPath, ...args], options);
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

/** Starts a TypeScript program of this folder that talks over IPC.
 *  @returns it, and its first message
 *  @throws {Error} when none comes */
export async function spawnHelper<First>(
  file: string,
  core: number | undefined,
  args: readonly string[] = [],
): Promise<{ readonly child: ChildProcess; readonly first: First }> {
  const child = spawnNode(["--import", "tsx", fileURLToPath(new URL(file, import.meta.url)), ...args], {
    core,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  try {
    return { child, first: await nextMessage<First>(child) };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

/** The next IPC message of a child. @throws {Error} when it ends, or nothing comes in time */
export function nextMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      clearTimeout(overdue);
      child.off("message", said).off("exit", ended).off("error", failed);
      then();
    };
    const said = (message: unknown): void => settle(() => resolve(message as T));
    const ended = (): void => settle(() => reject(new Error(`${child.spawnargs.join(" ")} ended early`)));
    const failed = (error: Error): void => settle(() => reject(error));
    const overdue = setTimeout(
      () => failed(new Error(`${child.spawnargs.join(" ")} says nothing`)),
      readyMsMax,
    );
    child.on("message", said).on("exit", ended).on("error", failed);
  });
}

/** Asks a process to leave and waits until it has gone. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => {
    child.once("exit", resolve);
  });
  child.kill("SIGTERM");
  const overdue = setTimeout(() => child.kill("SIGKILL"), leaveMsMax);
  await gone;
  clearTimeout(overdue);
}

/** Processor time that all threads of a process have used that still run, s; undefined where the system does not tell.
 *  From the scheduler, which counts every nanosecond: the usual counters look who runs 100 times a second, and a load that comes
 *  every millisecond keeps step with them. */
export function cpuSeconds(pid: number): number | undefined {
  if (!canReadProcesses) return undefined;
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) => threadSeconds(pid, thread));
  return threads.reduce((sum, seconds) => sum + seconds, 0);
}

/** Processor time of a process's first thread, in which its event loop runs. */
export const mainThreadSeconds = (pid: number): number | undefined =>
  canReadProcesses ? threadSeconds(pid, `${pid}`) : undefined;

function threadSeconds(pid: number, thread: string): number {
  try {
    const nanoseconds = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ")[0];
    return Number(nanoseconds) / 1e9;
  } catch {
    return 0; // it has just ended
  }
}

/** Memory of a process that is in RAM, MB; undefined where the system does not tell. */
export function residentMb(pid: number): number | undefined {
  if (!canReadProcesses) return undefined;
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1_024;
}
