import { readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import { z } from "zod";

/** A lock that its holder has not touched for so long is left over from a crash. Above the longest single step
 *  between two touches: two downloads and a virtual environment of at most 5 minutes each. */
const lockStaleMs = 1_200_000;
const lockWaitMsMax = 1_800_000;
const lockPollMs = 200;

const Holder = z.object({ pid: z.number().int(), host: z.string() });

export interface FetchLock {
  /** Says that the holder is still at work. */
  touch(): Promise<void>;
  release(): Promise<void>;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Whether the lock's holder is gone: its process, when it ran on this host, or else its last touch, tells. */
async function isAbandoned(path: string, clock: Clock): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) return false; // released meanwhile: the next attempt takes it
  if (clock.now() - info.mtimeMs > lockStaleMs) return true;
  const text = await readFile(path, "utf8").catch(() => "");
  const holder = Holder.safeParse(parseJson(text));
  return holder.success && holder.data.host === hostname() && !isAlive(holder.data.pid);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // being written at this moment
  }
}

/** Takes the models folder for one fetch, waiting while another process holds it. The lock saves a second download;
 *  it is not what keeps files whole (they are renamed into place and checked by hash), so the rare case that two
 *  processes both take over an abandoned lock costs only time.
 *  @throws {ParleyError} `ERR_MODELS` after half an hour of waiting; `ERR_ABORTED` */
export async function takeFetchLock(
  dir: string,
  options: { onWait?: () => void; signal?: AbortSignal; clock?: Clock } = {},
): Promise<FetchLock> {
  const { onWait, signal, clock = systemClock } = options;
  const path = join(dir, ".lock");
  const holder = JSON.stringify({ pid: process.pid, host: hostname() });
  const started = clock.monotonic();
  for (let attempt = 0; clock.monotonic() - started < lockWaitMsMax; attempt += 1) {
    if (signal?.aborted === true) throw new ParleyError("ERR_ABORTED", "The fetch was stopped.");
    try {
      await writeFile(path, holder, { flag: "wx" });
      return {
        touch: async () => {
          const seconds = clock.now() / 1_000;
          await utimes(path, seconds, seconds).catch(() => undefined);
        },
        release: () => rm(path, { force: true }),
      };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    if (await isAbandoned(path, clock)) {
      const aside = join(dir, `.lock-${process.pid}`);
      // Only one of several waiters wins the rename; the others find nothing and go on waiting.
      await rename(path, aside).catch(() => undefined);
      await rm(aside, { force: true });
      continue;
    }
    if (attempt === 0) onWait?.();
    // Not the injected clock: its timers let the process end, and a command that only waits here must not.
    await sleep(lockPollMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
  throw new ParleyError(
    "ERR_MODELS",
    "Another process has been fetching the models into this folder for half an hour. Stop it, or remove .lock from the folder, and try again.",
  );
}
