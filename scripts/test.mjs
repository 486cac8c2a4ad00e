/** `npm test`: builds (integration tests start the built server), then runs vitest with the arguments as they come.
 *  Its last line is `N passed, N failed`, also when there was nothing to run. */
import { fileURLToPath } from "node:url";
import { parseCLI, startVitest } from "vitest/node";
import { build } from "./build.mjs";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

if (build()) {
  // In this process, not in a child: whoever ends the command ends the tests with it.
  const { filter, options } = parseCLI(["vitest", "run", ...process.argv.slice(2)]);
  const vitest = await startVitest("test", filter, options);
  if (!vitest.shouldKeepServer()) await vitest.exit();
} else {
  console.log("\n0 passed, 1 failed");
  process.exitCode = 1;
}
