import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import type { Report } from "../../bench/report.ts";
import { newTempDir } from "../support/server.ts";

const script = fileURLToPath(new URL("../../scripts/bench.mjs", import.meta.url));

it("clients that talk to the built server get every byte of every answer", async () => {
  const dir = await newTempDir();
  const out = join(dir, "turn.json");
  try {
    // not pinned: other tests run beside it
    const args = ["turn", "--sessions", "3", "--seconds", "8", "--no-pin", "--out", out];
    const { stdout } = await promisify(execFile)(process.execPath, [script, ...args]);
    expect(stdout).toContain("NOT PINNED: not asked for");
    const { medians, runs } = JSON.parse(await readFile(out, "utf8")) as Report;
    const figures = Object.fromEntries(medians.map(({ name, value }) => [name, value]));
    expect(figures).toMatchObject({
      "turns lost": 0,
      "answers not whole": 0,
      "stale bytes": 0,
      "wrong bytes": 0,
      "missing bytes": 0,
      "error events": 0,
      "connections lost": 0,
    });
    const turns = figures["turns"] ?? 0;
    expect(turns).toBeGreaterThanOrEqual(3);
    expect(runs[0]?.details["events"]).toMatchObject({
      "input_audio_buffer.speech_stopped": turns,
      "response.done": turns,
      "response.output_audio.delta": 60 * turns,
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
