import { chmod, link, mkdir, readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ParleyError } from "../lib/errors.ts";
import { randomToken } from "../lib/ids.ts";

export interface ApiKey {
  readonly key: string;
  /** It was made by this call: show it once. */
  readonly created: boolean;
}

/** The key that clients must send: the configured one, else the one kept in the data folder, made when there is none.
 *  Only the user who runs the server can read the file (where the system knows file modes).
 *  @throws {ParleyError} `ERR_CONFIG` when the file cannot be read or written, or is empty */
export async function loadOrCreateApiKey(dataDir: string, configured?: string): Promise<ApiKey> {
  if (configured !== undefined) return { key: configured, created: false };
  const file = join(dataDir, "api-key");
  try {
    return (await read(file)) ?? (await create(dataDir, file));
  } catch (cause) {
    if (cause instanceof ParleyError) throw cause;
    throw new ParleyError("ERR_CONFIG", `cannot read or write the key file ${file}`, { cause });
  }
}

async function read(file: string): Promise<ApiKey | undefined> {
  const text = await readFile(file, "utf8").catch(unless("ENOENT"));
  if (text === undefined) return undefined;
  const key = text.trim();
  if (key === "")
    throw new ParleyError("ERR_CONFIG", `the key file ${file} is empty: delete it to get a new key`);
  await chmod(file, 0o600); // it may have been copied or restored with wider rights
  return { key, created: false };
}

/** The file appears whole or not at all, and the first of two servers that start together wins. */
async function create(dataDir: string, file: string): Promise<ApiKey> {
  const key = `parley_${randomToken()}`;
  const draft = `${file}.${randomToken()}`;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(draft, `${key}\n`, { mode: 0o600, flag: "wx" });
  try {
    const linked = await link(draft, file).then(() => true, unless("EEXIST"));
    return linked ? { key, created: true } : ((await read(file)) ?? { key, created: true });
  } finally {
    await unlink(draft);
  }
}

function unless(code: string): (error: unknown) => undefined {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code !== code) throw error;
    return undefined;
  };
}
