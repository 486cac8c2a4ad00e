import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { loadOrCreateApiKey } from "./api-key.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "parley-key-"));
  onTestFinished(() => rm(folder, { recursive: true }));
});
const mode = async (file: string) => (await stat(file)).mode & 0o777;

describe("the API key", () => {
  it("is made once, for the user alone, and kept", async () => {
    const dataDir = join(folder, "new", "data");
    const first = await loadOrCreateApiKey(dataDir);
    expect(first).toEqual({ key: expect.stringMatching(/^parley_[\w-]{22}$/) as string, created: true });
    expect(await loadOrCreateApiKey(dataDir)).toEqual({ key: first.key, created: false });
    expect(await mode(join(dataDir, "api-key"))).toBe(0o600);
    expect(await mode(dataDir)).toBe(0o700);
    expect(await readdir(dataDir)).toEqual(["api-key"]);
  });

  it("is the configured one when there is one, which is written nowhere", async () => {
    expect(await loadOrCreateApiKey(folder, "configured")).toEqual({ key: "configured", created: false });
    expect(await readdir(folder)).toEqual([]);
  });

  it("is the same for servers that start together", async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => loadOrCreateApiKey(folder)));
    expect(new Set(all.map(({ key }) => key)).size).toBe(1);
    expect(all.filter(({ created }) => created)).toHaveLength(1);
    expect((await readFile(join(folder, "api-key"), "utf8")).trim()).toBe(all[0]?.key);
  });

  it("takes back rights that a copy gave away, and refuses an empty file", async () => {
    const file = join(folder, "api-key");
    await writeFile(file, "kept\n");
    await chmod(file, 0o644);
    expect((await loadOrCreateApiKey(folder)).key).toBe("kept");
    expect(await mode(file)).toBe(0o600);
    await writeFile(file, "\n");
    await expect(loadOrCreateApiKey(folder)).rejects.toMatchObject({ code: "ERR_CONFIG" });
  });
});
