/** `npm start`: builds what has changed, then serves in this same process, so that signals reach the server itself. */
import { build } from "./build.mjs";

if (build()) {
  const { run } = await import("../dist/cli.js");
  await run(["serve", ...process.argv.slice(2)]);
} else {
  process.exitCode = 1;
}
