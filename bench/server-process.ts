import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { folderOnDisk, serverCore } from "./machine.ts";
import { cpuSeconds, endProcess, mainThreadSeconds, residentMb, spawnNode } from "./processes.ts";

const serveMsMax = 120_000;
const apiKey = "key-of-the-bench";

export interface ServerOptions {
  readonly pinned: boolean;
  /** Settings beside the port, the key and the data folder. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder for a profile of the server's processor time; none without. */
  readonly profileDir?: string;
}

export interface ServerProcess {
  readonly url: string;
  /** Base of the REST addresses. */
  readonly http: string;
  readonly headers: Readonly<Record<string, string>>;
  cpuSeconds(): number | undefined;
  /** Of that, in the thread of the event loop. */
  mainThreadSeconds(): number | undefined;
  residentMb(): number | undefined;
  /** How many records its log holds by level and message. */
  logCounts(): Readonly<Record<string, number>>;
  /** Ends it and removes its data. */
  end(): Promise<void>;
}

/** Settings of a server whose speech and language are made up, and nothing else. */
export const synthetic = (vad: string): Readonly<Record<string, string>> => ({
  PARLEY_STT: "synthetic",
  PARLEY_LLM: "synthetic",
  PARLEY_TTS: "synthetic",
  PARLEY_VAD: vad,
});

/** Runs the program as `npm start` does, in a process of its own, with an empty store on a disk. Its output goes to a
 *  file, as a service's would.
 *  @throws {Error} with that output when it does not serve */
export async function startServerProcess(options: ServerOptions): Promise<ServerProcess> {
  const { folder } = await folderOnDisk();
  const home = mkdtempSync(join(folder, "parley-bench-"));
  const logFile = join(home, "server.log");
  const log = openSync(logFile, "a");
  const profile =
    options.profileDir === undefined
      ? []
      : ["--cpu-prof", `--cpu-prof-dir=${profileFolder(options.profileDir)}`];
  const child = spawnNode([...profile, "scripts/start.mjs"], {
    core: options.pinned ? serverCore : undefined,
    stdio: ["ignore", log, log],
    env: {
      PARLEY_PORT: "0",
      PARLEY_API_KEY: apiKey,
      PARLEY_DATA_DIR: join(home, "data"),
      NODE_OPTIONS: undefined, // the generator's
      ...options.env,
    },
  });
  closeSync(log);
  const clean = (): void => rmSync(home, { recursive: true, force: true });
  process.once("exit", clean); // also when the bench is interrupted
  const end = async (): Promise<void> => {
    await endProcess(child);
    process.off("exit", clean);
    clean();
  };
  const said = (): string => readFileSync(logFile, "utf8");
  try {
    const url = await served(said, () => child.exitCode === null && child.signalCode === null);
    const pid = child.pid ?? 0;
    return {
      url: `${url}?model=parley`,
      http: new URL(url.replace(/^ws/, "http")).origin,
      headers: { authorization: `Bearer ${apiKey}` },
      cpuSeconds: () => cpuSeconds(pid),
      mainThreadSeconds: () => mainThreadSeconds(pid),
      residentMb: () => residentMb(pid),
      logCounts: () => countRecords(said()),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function profileFolder(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}

async function served(said: () => string, alive: () => boolean): Promise<string> {
  const deadline = performance.now() + serveMsMax;
  while (performance.now() < deadline) {
    const running = alive();
    const url = /Parley serves on (\S+)/.exec(said())?.[1];
    if (url !== undefined) return url;
    if (!running) throw new Error(`the server ended before it served:\n${said()}`);
    await wait(50);
  }
  throw new Error(`the server did not serve in time:\n${said()}`);
}

function countRecords(log: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of log.split("\n")) {
    if (!line.startsWith("{")) continue;
    const record = JSON.parse(line) as { readonly level?: unknown; readonly msg?: unknown };
    const key = `${String(record.level)} ${String(record.msg)}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
