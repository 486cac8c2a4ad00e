import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const scriptsDir = fileURLToPath(new URL("../integration/python/", import.meta.url));

/** How long the packages may take to arrive, ms. */
const installMsMax = 150_000;

/** The folder with the Python packages of a file of requirements, in the user's cache so that one installation serves
 *  every run. A folder beside no interpreter (`pip --target`) and not a virtual environment: it moves into its place
 *  whole or not at all, and Debian's python3 without python3-venv can make it.
 *  @throws {Error} when python3 or the packages cannot be had: that is a failure, never a reason to skip */
export async function pythonPackages(file = "requirements.txt"): Promise<string> {
  const requirements = join(scriptsDir, file);
  const { stdout: version } = await run("python3", ["-VV"]);
  const key = createHash("sha256")
    .update(version)
    .update(await readFile(requirements))
    .digest("hex");
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const folder = join(cache, "parley", `python-${key.slice(0, 16)}`);
  if (await exists(folder)) return folder;
  const making = `${folder}.${process.pid}`;
  await mkdir(making, { recursive: true });
  const quiet = ["--quiet", "--no-input", "--disable-pip-version-check"];
  try {
    await run(
      "python3",
      ["-m", "pip", "install", ...quiet, "--no-deps", "--target", making, "-r", requirements],
      { timeout: installMsMax },
    );
    await rename(making, folder);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return folder;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

export interface PythonRun {
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs a script with the packages and gives each line that it prints as it comes.
 *  @param script path, or a file name in test/integration/python
 *  @param requirements file name there, of the packages */
export async function runPython(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onLine: (line: string) => void,
  requirements?: string,
): Promise<PythonRun> {
  const packages = await pythonPackages(requirements);
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn("python3", [resolve(scriptsDir, script), ...args], {
    env: { PATH, HOME, PYTHONPATH: packages, PYTHONUNBUFFERED: "1", PYTHONDONTWRITEBYTECODE: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
  createInterface({ input: child.stdout }).on("line", onLine);
  const code = await new Promise<number | null>((ended, reject) => {
    child.once("error", reject);
    child.once("close", ended);
  });
  return { code, stderr };
}
