import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { loadConfig } from "../../src/config.ts";
import { startServer } from "../../src/main.ts";
import type { Server } from "../../src/main.ts";
import { testModelsDir } from "./models.ts";

const projectDir = fileURLToPath(new URL("../../", import.meta.url));

/** How long a server process may take until it serves, ms; the machine may be busy. */
const serveWaitMs = 60_000;

export const testApiKey = "key-for-tests";

type Env = Readonly<Record<string, string>>;

/** The settings of every whole server under test: all real parts, nothing of this machine's own settings. */
const settings = (dataDir: string, more: Env): Env => ({
  PARLEY_PORT: "0",
  PARLEY_API_KEY: testApiKey,
  PARLEY_DATA_DIR: dataDir,
  PARLEY_MODELS_DIR: testModelsDir,
  PARLEY_LLM: "builtin",
  PARLEY_LOG_LEVEL: "error",
  ...more,
});

export const newTempDir = (): Promise<string> => mkdtemp(join(tmpdir(), "parley-test-"));

export interface TestServer extends Server {
  /** Base of the REST addresses. */
  readonly http: string;
}

/** The whole server in this process, on a port and in a data folder of its own; `close` removes the folder. */
export async function startTestServer(more: Env = {}): Promise<TestServer> {
  const dataDir = await newTempDir();
  const server = await startServer(loadConfig(settings(dataDir, more)), true);
  const close = async (): Promise<void> => {
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { ...server, http: httpOf(server.url), close };
}

const httpOf = (url: string): string => new URL(url.replace(/^ws/, "http")).origin;

export interface ServerProcess {
  readonly child: ChildProcess;
  /** Base of the WebSocket address. */
  readonly url: string;
  readonly http: string;
  /** Sends the signal and waits until the process has gone. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
}

/** The whole server as a process of its own, started directly so that a signal reaches node itself. */
export async function spawnServer(dataDir: string, more: Env = {}): Promise<ServerProcess> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", "src/cli.ts", "serve"], {
    cwd: projectDir,
    env: { PATH, HOME, ...settings(dataDir, more) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const said: string[] = [];
  child.stderr.on("data", (text: Buffer) => said.push(text.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (why: string): void => {
      child.kill("SIGKILL");
      reject(new Error(`the server ${why}:\n${said.join("")}`));
    };
    const overdue = setTimeout(() => fail("did not serve in time"), serveWaitMs);
    const early = (): void => fail("ended before it served");
    child.once("exit", early);
    child.once("error", (error) => fail(`cannot be started, ${error.message}`));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = /Parley serves on (\S+)/.exec(line)?.[1];
      if (found === undefined) return void said.push(`${line}\n`);
      clearTimeout(overdue);
      child.off("exit", early);
      resolve(found);
    });
  });
  const end = async (signal: "SIGKILL" | "SIGTERM"): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await gone;
  };
  return { child, url, http: httpOf(url), end };
}

/** A certificate for 127.0.0.1 that nobody but the test trusts. */
export async function selfSigned(dir: string): Promise<{ readonly cert: string; readonly key: string }> {
  const [cert, key] = [join(dir, "cert.pem"), join(dir, "key.pem")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  await promisify(execFile)("openssl", ["req", "-x509", ...kind, ...name, "-keyout", key, "-out", cert]);
  return { cert, key };
}
