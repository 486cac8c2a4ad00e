/** `npm run check`: everything that can be said of the code without running it. One line a check, the output of
 *  those that fail, exit code 1 if any does. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const resolve = (file) => createRequire(import.meta.url).resolve(file);
const bin = (name, file) => fileURLToPath(new URL(`../node_modules/${name}/${file}`, import.meta.url));

/** More at once is slower on two cores, and types and lint take most of a gigabyte each. */
const runningMax = Math.min(2, availableParallelism());
/** The slowest, types, took 76 s on two cores busy with much else; this ends only what hangs. */
const checkMsMax = 300_000;

/** Name → arguments of node, the longest first. */
const checks = {
  types: [resolve("typescript/bin/tsc"), "--noEmit", "-p", "."],
  lint: [bin("oxlint", "bin/oxlint")],
  format: [bin("prettier", "bin/prettier.cjs"), "--check", "."],
  "unused code": [bin("knip", "bin/knip.js"), "--no-progress"],
  directions: ["scripts/directions.mjs"],
  "config doc": ["--import", "tsx", "scripts/config-doc.ts", "--check"],
};

/** Runs one check; `output` is what it wrote, stdout and stderr as they came. */
function run([name, args]) {
  const started = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: checkMsMax,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (output += text));
  }
  return new Promise((done) => {
    child.once("error", (error) => (output += error.message));
    child.once("close", (code, signal) => {
      if (signal !== null) output += `ended by ${signal}`;
      done({ name, output, ok: code === 0, seconds: (performance.now() - started) / 1_000 });
    });
  });
}

const waiting = Object.entries(checks);
const failed = [];
async function worker() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const result = await run(next);
    console.log(`${result.ok ? "ok    " : "FAILED"} ${result.name} (${result.seconds.toFixed(1)} s)`);
    if (!result.ok) failed.push(result);
  }
}
await Promise.all(Array.from({ length: runningMax }, worker));

for (const { name, output } of failed) console.log(`\n── ${name} ──\n${output.trim()}`);
if (failed.length > 0) process.exitCode = 1;
