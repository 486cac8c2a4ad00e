import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";

const file = new URL("garbage-collection.ts", import.meta.url).href;

/** Sets the collector up, then makes enough garbage for many collections of either kind, with some of it kept a while. */
const program = (cores: number): string => `
  const { tuneGarbageCollection } = await import(${JSON.stringify(file)});
  tuneGarbageCollection(${cores});
  const kept = [];
  for (let n = 0; n < 400_000; n += 1) kept[n % 50_000] = { n, bytes: new Uint8Array(512), text: "x".repeat(n % 50) };
  process.stdout.write(String(kept.length));
`;

describe("tuneGarbageCollection", () => {
  // V8's flags come and go: one that it does not know is an error on stderr, and nothing else
  it.each([1, 2])("sets flags that this V8 knows and bears, with %d cores", (cores) => {
    const args = ["--import", "tsx", "--input-type=module", "-e", program(cores)];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "50000", stderr: "" });
  });
});
