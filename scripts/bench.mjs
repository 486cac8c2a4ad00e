/** `npm run bench`: builds what has changed, since the built server is what is measured, then runs the bench. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";

if (build()) {
  const main = fileURLToPath(new URL("../bench/main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", main, ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  // It ends by itself what it started; a terminal sends it the interrupt as well.
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGINT", () => {});
  child.once("exit", (code) => (process.exitCode = code ?? 1));
} else {
  process.exitCode = 1;
}
