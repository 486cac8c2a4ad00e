import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = new URL("..", import.meta.url);

/** The compiler's path, or undefined where only production packages are installed. */
function compiler() {
  try {
    return createRequire(import.meta.url).resolve("typescript/bin/tsc");
  } catch {
    return undefined;
  }
}

/** Brings `dist` up to date with `src`; about 0.2 s when nothing has changed.
 *  An image without the compiler runs the `dist` it was made with.
 *  @returns whether `dist` can be run; if not, why not has been written to stderr */
export function build() {
  const tsc = compiler();
  if (tsc === undefined) {
    if (existsSync(new URL("dist/cli.js", root))) return true;
    console.error("parley is not built, and typescript is not installed to build it: run npm ci");
    return false;
  }
  // The compiler reports on stdout, which belongs to the command that runs after it: hence stderr for both.
  const { status, error } = spawnSync(process.execPath, [tsc, "-b", "tsconfig.build.json"], {
    cwd: fileURLToPath(root),
    stdio: ["ignore", 2, 2],
  });
  if (error !== undefined) console.error(error.message);
  return status === 0;
}
