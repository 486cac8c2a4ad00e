/** `npm test`: builds (integration tests start the built server), then runs vitest with the arguments as they come.
 *  Its last line is `N passed, N failed`, also when there was nothing to run. */
import { parseCLI, startVitest } from "vitest/node";
import { build } from "./build.mjs";

process.chdir(new URL("..", import.meta.url).pathname);

if (build()) {
  // In this process, not in a child: whoever ends the command ends the tests with it.
  const { filter, options } = parseCLI(["vitest", "run", ...process.argv.slice(2)]);
  const vitest = await startVitest("test", filter, options);
  if (vitest.shouldKeepServer() === false) await vitest.exit();
} else {
  console.log("\n0 passed, 1 failed");
  process.exitCode = 1;
}
