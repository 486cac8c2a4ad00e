#!/usr/bin/env node
/** The `parley` command: builds what has changed, then runs the arguments as they come. */
import { build } from "./build.mjs";

if (build()) {
  const { run } = await import("../dist/cli.js");
  await run(process.argv.slice(2));
} else {
  process.exitCode = 1;
}
