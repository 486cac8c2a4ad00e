import { createHash } from "node:crypto";
import { mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ParleyError } from "../../lib/errors.ts";
import type { ModelWheel } from "./manifest.ts";
import { type ModelProgress, fetchModels, modelsPresent, verifyModels } from "./models.ts";
import { type WheelSource, pipWheelSource } from "./pip.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** A zip of deflated entries, as small as the format allows. */
function zip(entries: Record<string, Buffer>): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(entries)) {
    const packed = deflateRawSync(content);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(8, 8);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(8, 10);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt32LE(content.length, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(offset, 42);
    locals.push(local, Buffer.from(name), packed);
    centrals.push(central, Buffer.from(name));
    offset += 30 + name.length + packed.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(entries).length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

const contents = { "pkg/a.bin": Buffer.alloc(50_000, 7), "pkg/b.txt": Buffer.from("second") };
const package_ = zip({ "pkg/": Buffer.alloc(0), ...contents });
const wheel: ModelWheel = {
  name: "some-models",
  version: "1.0",
  sha256: sha256(package_),
  licence: "MIT",
  source: "test",
  files: [
    { entry: "pkg/a.bin", file: "m/a.bin", bytes: 50_000, sha256: sha256(contents["pkg/a.bin"]) },
    { entry: "pkg/b.txt", file: "m/b.txt", bytes: 6, sha256: sha256(contents["pkg/b.txt"]) },
  ],
};
const wheels = [wheel];

let dir: string;
let downloads: number;
function serve(bytes: Buffer): WheelSource {
  return async (_wheel, intoDir) => {
    downloads += 1;
    const path = join(intoDir, "x.whl");
    await writeFile(path, bytes);
    return path;
  };
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "parley-models-"));
  downloads = 0;
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe("fetchModels", () => {
  it("unpacks what the manifest names, reports it, and fetches nothing the second time", async () => {
    const seen: ModelProgress[] = [];
    await fetchModels({ dir, wheels, source: serve(package_), onProgress: (p) => seen.push(p) });
    expect(await readFile(join(dir, "m/a.bin"))).toEqual(contents["pkg/a.bin"]);
    expect(seen.map((p) => p.type)).toEqual(["wheel", "file", "file"]);
    expect(seen.at(-1)).toMatchObject({ bytesDone: 50_006, bytesTotal: 50_006 });
    expect((await readdir(dir)).toSorted()).toEqual([".complete", "m"]);
    await fetchModels({ dir, wheels, source: serve(package_) });
    expect(downloads).toBe(1);
  });

  it("goes on from a partial folder, keeping the files that are whole", async () => {
    await fetchModels({ dir, wheels, source: serve(package_) });
    const before = await stat(join(dir, "m/a.bin"));
    await rm(join(dir, "m/b.txt"));
    await writeFile(join(dir, "m", "b.txt"), "sec");
    await fetchModels({ dir, wheels, source: serve(package_) });
    expect(await readFile(join(dir, "m/b.txt"), "utf8")).toBe("second");
    expect((await stat(join(dir, "m/a.bin"))).mtimeMs).toBe(before.mtimeMs);
  });

  it("does not trust the stamp of other pins", async () => {
    await fetchModels({ dir, wheels, source: serve(package_) });
    expect(await modelsPresent({ dir, wheels: [{ ...wheel, version: "1.1" }] })).toBe(false);
  });

  it.each<[string, Buffer]>([
    ["another package", zip({ "pkg/a.bin": Buffer.alloc(50_000, 8), "pkg/b.txt": Buffer.from("second") })],
    ["a truncated package", package_.subarray(0, -9)],
    ["an empty package", Buffer.alloc(0)],
  ])("refuses %s and leaves nothing behind", async (_what, bytes) => {
    await expect(fetchModels({ dir, wheels, source: serve(bytes) })).rejects.toMatchObject({
      code: "ERR_MODELS",
    });
    expect(await readdir(dir)).toEqual([]);
  });

  it("survives any single corrupted byte of a package: the pinned bytes or ERR_MODELS", async () => {
    const broken: number[] = [];
    for (let at = 0; at < package_.length; at += 1) {
      const bytes = Buffer.from(package_);
      bytes[at] = (bytes[at] ?? 0) ^ 0xff;
      const pinned = [{ ...wheel, sha256: sha256(bytes) }]; // so that the zip reader itself is put to the test
      const outcome = await fetchModels({ dir, wheels: pinned, source: serve(bytes) }).catch(
        (error: unknown) => error,
      );
      const { ok } = await verifyModels({ dir, wheels: pinned });
      if (!ok && (outcome as ParleyError).code !== "ERR_MODELS") broken.push(at);
      await rm(join(dir, "m"), { recursive: true, force: true });
    }
    expect(broken).toEqual([]);
  });

  it("lets one process at a time fetch into a folder", async () => {
    let running = 0;
    let most = 0;
    const slow: WheelSource = async (...args) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running -= 1;
      return serve(package_)(...args);
    };
    const waits: ModelProgress[] = [];
    const fetches = [0, 1, 2].map(() =>
      fetchModels({ dir, wheels, source: slow, onProgress: (p) => p.type === "waiting" && waits.push(p) }),
    );
    await Promise.all(fetches);
    expect(most).toBe(1);
    expect(downloads).toBe(1);
    expect(waits).toHaveLength(2);
  });

  it("takes over the lock of a process that is gone, here or on another host", async () => {
    const gone = 2 ** 22 + 1; // above the largest process id that Linux gives out
    await writeFile(join(dir, ".lock"), JSON.stringify({ pid: gone, host: hostname() }));
    await fetchModels({ dir, wheels, source: serve(package_) });
    await rm(join(dir, ".complete"));
    await writeFile(join(dir, ".lock"), JSON.stringify({ pid: 1, host: "elsewhere" }));
    await utimes(join(dir, ".lock"), 1_000, 1_000);
    await fetchModels({ dir, wheels, source: serve(package_) });
    expect(await modelsPresent({ dir, wheels })).toBe(true);
  });

  it("stops while it waits for the lock", async () => {
    await writeFile(join(dir, ".lock"), JSON.stringify({ pid: process.pid, host: hostname() }));
    const stop = new AbortController();
    const fetched = fetchModels({
      dir,
      wheels,
      source: serve(package_),
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(fetched).rejects.toMatchObject({ code: "ERR_ABORTED" });
  });

  it("says what to do when there is no Python", async () => {
    const fetched = fetchModels({ dir, wheels, source: pipWheelSource("no-such-python") });
    await expect(fetched).rejects.toMatchObject({
      code: "ERR_MODELS",
      message: expect.stringContaining("Install Python 3 with pip"),
    });
  });
});

describe("verifyModels", () => {
  it("names what is damaged or missing, and the next fetch mends it", async () => {
    await fetchModels({ dir, wheels, source: serve(package_) });
    await writeFile(join(dir, "m/b.txt"), "Second"); // same size: only the hash tells
    expect(await modelsPresent({ dir, wheels })).toBe(true);
    const report = await verifyModels({ dir, wheels });
    expect(report).toEqual({
      ok: false,
      files: [
        { file: "m/a.bin", state: "ok" },
        { file: "m/b.txt", state: "damaged" },
      ],
    });
    await fetchModels({ dir, wheels, source: serve(package_) });
    expect((await verifyModels({ dir, wheels })).ok).toBe(true);
  });
});
